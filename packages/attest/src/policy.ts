import { AttestError } from "./attest-error.ts";
import type { Signer } from "./signer.ts";

/** Whose statements count. Text must equal; a pattern is searched for anywhere, as in cosign: anchor it with ^ and $. */
export interface SignerPolicy {
  /** Needed where no source repository is given. */
  readonly identity?: string | RegExp | undefined;
  readonly issuer: string | RegExp;
  /** The repository that the signing workflow ran for, as an address or, on github.com, `owner/name`. */
  readonly sourceRepository?: string | undefined;
}

/**
 * Refuses a signer whom the policy does not name. @throws AttestError ATTEST_IDENTITY, ATTEST_ISSUER, ATTEST_SOURCE, and
 * ATTEST_POLICY for a policy that names nobody: with keyless signing everybody can make valid signatures.
 */
export function requirePolicy({ identity, issuer, sourceRepository }: SignerPolicy, signer: Signer): void {
  if (identity === undefined && sourceRepository === undefined) {
    throw new AttestError(
      "ATTEST_POLICY",
      "reading the policy: expected an identity or a source repository, found neither",
      {
        hint: "say who must have signed with --certificate-identity or --source-repository",
      },
    );
  }
  if (identity !== undefined && !matches(identity, signer.identity)) {
    throw refused("ATTEST_IDENTITY", "signer", identity, signer.identity);
  }
  if (!matches(issuer, signer.issuer)) throw refused("ATTEST_ISSUER", "issuer", issuer, signer.issuer);
  if (sourceRepository === undefined) return;
  const [wanted, found] = [repositoryAddress(sourceRepository), signer.sourceRepository ?? "none"];
  if (wanted !== repositoryAddress(found)) throw refused("ATTEST_SOURCE", "source repository", wanted, found);
}

/** Text → pattern. @throws AttestError ATTEST_POLICY */
export function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (cause) {
    throw new AttestError("ATTEST_POLICY", `reading the policy: expected a regular expression, found ${text}`, {
      cause,
    });
  }
}

function matches(wanted: string | RegExp, found: string): boolean {
  return typeof wanted === "string" ? wanted === found : found.search(wanted) !== -1;
}

/** GitHub treats names without regard to case. */
function repositoryAddress(text: string): string {
  const address = /^[\w.-]+\/[\w.-]+$/.test(text) ? `https://github.com/${text}` : text;
  return address.toLowerCase().replace(/(\.git)?\/*$/, "");
}

type Refusal = "ATTEST_IDENTITY" | "ATTEST_ISSUER" | "ATTEST_SOURCE";

function refused(code: Refusal, what: string, wanted: string | RegExp, found: string): AttestError {
  return new AttestError(
    code,
    `verifying the signature: expected the ${what} to be ${String(wanted)}, found ${found}`,
    {
      hint: "do not use what it signs unless you know why it differs",
    },
  );
}
