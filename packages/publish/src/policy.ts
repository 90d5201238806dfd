import type { Signer } from "./attestor.ts";
import { PublishError } from "./publish-error.ts";

/** Whose statements count. An identity or a source repository, and an issuer, must be given. */
export interface SignerPolicy {
  readonly certificateIdentity?: string | undefined;
  /** Found anywhere in the identity, as in cosign: anchor it with ^ and $. */
  readonly certificateIdentityRegexp?: string | undefined;
  readonly certificateOidcIssuer?: string | undefined;
  readonly certificateOidcIssuerRegexp?: string | undefined;
  /** The repository that the signing workflow ran for: an address, or `owner/name` on github.com. */
  readonly sourceRepository?: string | undefined;
}

/** One way in which a signer is not the one that the policy wants, as the end of a sentence. */
export type PolicyObjection = string;

/**
 * A policy → a check of signers; it gives the first objection, or undefined. A policy that would accept anybody's
 * signature is refused: keyless signing means that everybody can make valid ones. @throws PublishError PUBLISH_OPTIONS
 */
export function compilePolicy(policy: SignerPolicy): (signer: Signer) => PolicyObjection | undefined {
  const identity = matcher("--certificate-identity", policy.certificateIdentity, policy.certificateIdentityRegexp);
  const issuer = matcher("--certificate-oidc-issuer", policy.certificateOidcIssuer, policy.certificateOidcIssuerRegexp);
  const repository = policy.sourceRepository === undefined ? undefined : repositoryAddress(policy.sourceRepository);
  if (identity === undefined && repository === undefined) {
    throw tooOpen("--certificate-identity, --certificate-identity-regexp or --source-repository");
  }
  if (issuer === undefined) throw tooOpen("--certificate-oidc-issuer or --certificate-oidc-issuer-regexp");
  return (signer) => {
    if (identity !== undefined && !identity.accepts(signer.identity)) {
      return `expected the signer to be ${identity.wanted}, found ${signer.identity}`;
    }
    if (!issuer.accepts(signer.issuer)) return `expected the issuer to be ${issuer.wanted}, found ${signer.issuer}`;
    const source = signer.sourceRepository ?? "no source repository";
    if (repository !== undefined && repositoryAddress(source) !== repository) {
      return `expected the source repository to be ${repository}, found ${source}`;
    }
    return undefined;
  };
}

interface Matcher {
  readonly wanted: string;
  readonly accepts: (text: string) => boolean;
}

function matcher(flag: string, exact: string | undefined, pattern: string | undefined): Matcher | undefined {
  if (exact !== undefined && pattern !== undefined) {
    throw new PublishError("PUBLISH_OPTIONS", `reading the policy: expected ${flag} or ${flag}-regexp, found both`, {
      hint: "leave one of them out",
    });
  }
  if (exact !== undefined) return { wanted: exact, accepts: (text) => text === exact };
  if (pattern === undefined) return undefined;
  const regexp = compileRegexp(flag, pattern);
  return { wanted: `like /${pattern}/`, accepts: (text) => regexp.test(text) };
}

function compileRegexp(flag: string, pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (cause) {
    throw new PublishError(
      "PUBLISH_OPTIONS",
      `reading ${flag}-regexp: expected a regular expression, found ${JSON.stringify(pattern)}`,
      {
        cause,
        hint: "escape dots and brackets that are meant as themselves with a backslash",
      },
    );
  }
}

function repositoryAddress(text: string): string {
  const address = /^[\w.-]+\/[\w.-]+$/.test(text) ? `https://github.com/${text}` : text;
  return address
    .replace(/\.git$/, "")
    .replace(/\/$/, "")
    .toLowerCase();
}

function tooOpen(flags: string): PublishError {
  return new PublishError("PUBLISH_OPTIONS", `reading the policy: expected ${flags}, found neither`, {
    hint: "say who must have signed: anybody can sign anything in their own name",
  });
}
