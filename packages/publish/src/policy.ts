import { parsePattern, requirePolicy, type Signer, type SignerPolicy } from "@apkmill/attest";
import { isEngineError, type EngineError } from "@apkmill/core";
import { PublishError } from "./publish-error.ts";

/** Whose statements count, as users write it. An identity or a source repository, and an issuer, must be given. */
export interface CertificatePolicy {
  readonly certificateIdentity?: string | undefined;
  /** Found anywhere in the identity, as in cosign: anchor it with ^ and $. */
  readonly certificateIdentityRegexp?: string | undefined;
  readonly certificateOidcIssuer?: string | undefined;
  readonly certificateOidcIssuerRegexp?: string | undefined;
  /** The repository that the signing workflow ran for: an address, or `owner/name` on github.com. */
  readonly sourceRepository?: string | undefined;
}

/**
 * A policy → a check that gives the first objection to a signer, or undefined. A policy that would accept anybody's
 * signature is refused: keyless signing means that everybody can make valid ones.
 * @throws PublishError PUBLISH_OPTIONS · AttestError ATTEST_POLICY
 */
export function compilePolicy(policy: CertificatePolicy): (signer: Signer) => EngineError | undefined {
  const identity = choose("--certificate-identity", policy.certificateIdentity, policy.certificateIdentityRegexp);
  const issuer = choose("--certificate-oidc-issuer", policy.certificateOidcIssuer, policy.certificateOidcIssuerRegexp);
  const { sourceRepository } = policy;
  if (identity === undefined && sourceRepository === undefined) {
    throw tooOpen("--certificate-identity, --certificate-identity-regexp or --source-repository");
  }
  if (issuer === undefined) throw tooOpen("--certificate-oidc-issuer or --certificate-oidc-issuer-regexp");
  return (signer) => objectionOf({ identity, issuer, sourceRepository }, signer);
}

function objectionOf(policy: SignerPolicy, signer: Signer): EngineError | undefined {
  try {
    requirePolicy(policy, signer);
    return undefined;
  } catch (error) {
    if (isEngineError(error)) return error;
    throw error;
  }
}

function choose(flag: string, exact: string | undefined, pattern: string | undefined): string | RegExp | undefined {
  if (exact !== undefined && pattern !== undefined) {
    throw new PublishError("PUBLISH_OPTIONS", `reading the policy: expected ${flag} or ${flag}-regexp, found both`, {
      hint: "leave one of them out",
    });
  }
  return pattern === undefined ? exact : parsePattern(pattern);
}

function tooOpen(flags: string): PublishError {
  return new PublishError("PUBLISH_OPTIONS", `reading the policy: expected ${flags}, found neither`, {
    hint: "say who must have signed: anybody can sign anything in their own name",
  });
}
