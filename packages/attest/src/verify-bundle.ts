import type { Limits } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import { requireLoggedBy } from "./log-entry.ts";
import { requirePolicy, type SignerPolicy } from "./policy.ts";
import { parseBundle, type ParsedBundle } from "./read-bundle.ts";
import type { Signer } from "./signer.ts";
import { parseStatement, statementPayloadType, type Statement } from "./statement.ts";
import type { TrustRoot } from "./trust-root.ts";
import { openSignatureVerifier, type SignatureVerifier } from "./verify-signature.ts";

export interface VerifierOptions {
  readonly trustRoot: TrustRoot;
  readonly limits: Pick<Limits, "responseBytes">;
  /** `optional` also takes a signature that is in no log, with an authority's timestamp. Default `required`. */
  readonly transparencyLog?: "required" | "optional" | undefined;
}

/** A bundle whose signature, certificate, log entries and times hold: what it says, and who says it. */
export interface VerifiedBundle {
  readonly statement: Statement;
  readonly signer: Signer;
  /** The signed bytes of the statement. */
  readonly payload: Buffer;
}

export interface BundleVerifier {
  /** Says who signed; whether that is somebody to believe is decided by a policy. @throws AttestError ATTEST_* */
  verify(bundle: Uint8Array): Promise<VerifiedBundle>;
}

/** A verifier of certificate-signed in-toto bundles under one trust root. */
export function openBundleVerifier(options: VerifierOptions): BundleVerifier {
  let verifier: Promise<SignatureVerifier> | undefined;
  return {
    verify: async (bytes) => {
      const bundle = await parseBundle(bytes, options.limits.responseBytes);
      const payload = requireStatementPayload(bundle);
      const { signer, publicKey } = await (verifier ??= openSignatureVerifier(options)).then((it) => it.verify(bundle));
      if (signer === undefined) throw keySigned();
      requireLoggedBy(bundle, publicKey);
      return { statement: parseStatement(payload), signer, payload };
    },
  };
}

/**
 * Verifies one bundle: signature, certificate, log inclusion, time, and, where a policy is given, the signer.
 * @throws AttestError ATTEST_*
 */
export async function verifyBundle(
  bytes: Uint8Array,
  options: VerifierOptions & { readonly policy?: SignerPolicy | undefined },
): Promise<VerifiedBundle> {
  const verified = await openBundleVerifier(options).verify(bytes);
  if (options.policy !== undefined) requirePolicy(options.policy, verified.signer);
  return verified;
}

/** The payload of an in-toto envelope: the type is signed too, and names what the bytes mean. */
export function requireStatementPayload({ content }: ParsedBundle): Buffer {
  if (content.$case !== "dsseEnvelope") {
    throw new AttestError(
      "ATTEST_STATEMENT",
      "reading the bundle: expected an in-toto statement, found a bare signature",
    );
  }
  const { payloadType, payload } = content.dsseEnvelope;
  if (payloadType === statementPayloadType) return payload;
  const message = `reading the bundle: expected the payload type ${statementPayloadType}, found ${payloadType}`;
  throw new AttestError("ATTEST_STATEMENT", message);
}

function keySigned(): AttestError {
  return new AttestError("ATTEST_KEY", "verifying the bundle: expected a signing certificate, found a key's name", {
    hint: "name the public key that it was signed with",
  });
}
