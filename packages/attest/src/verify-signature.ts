import type { KeyObject } from "node:crypto";
import { AttestError, type AttestErrorCode } from "./attest-error.ts";
import { parseCertificate } from "./certificate.ts";
import { certificateOf, type ParsedBundle } from "./read-bundle.ts";
import type { Signer } from "./signer.ts";
import type { TrustRoot } from "./trust-root.ts";

export interface VerifiedSignature {
  /** Left out where a key signed: a key has no name. */
  readonly signer?: Signer;
  readonly publicKey: KeyObject;
}

export interface SignatureVerifier {
  /** `artifact` is what a message signature covers; an envelope carries its own. @throws AttestError ATTEST_* */
  verify(bundle: ParsedBundle, artifact?: Buffer): VerifiedSignature;
}

export interface SignatureVerifierOptions {
  readonly trustRoot: TrustRoot;
  readonly transparencyLog?: "required" | "optional" | undefined;
  /** The key that a bundle without a certificate must be signed with. */
  readonly key?: KeyObject | undefined;
}

/** Signature, certificate chain, promises of certificate logs, log inclusion and times, by @sigstore/verify. */
export async function openSignatureVerifier(options: SignatureVerifierOptions): Promise<SignatureVerifier> {
  const sigstore = await import("./sigstore-verifying.ts");
  const { key } = options;
  const material = readTrustRoot(options.trustRoot, ({ value }) =>
    sigstore.toTrustMaterial(
      sigstore.TrustedRoot.fromJSON(value),
      key === undefined ? undefined : () => ({ publicKey: key, validFor: () => true }),
    ),
  );
  const verifier = new sigstore.Verifier(material, {
    tlogThreshold: options.transparencyLog === "optional" ? 0 : 1,
    ctlogThreshold: 1,
    timestampThreshold: 1,
  });
  return {
    verify: (bundle, artifact) => {
      const verified = translating(() => verifier.verify(sigstore.toSignedEntity(bundle, artifact)));
      const certificate = certificateOf(bundle);
      if (certificate === undefined) return { publicKey: verified.key };
      const { signer } = parseCertificate(certificate);
      requireSameReading(signer, verified.identity);
      return { signer, publicKey: verified.key };
    },
  };
}

function readTrustRoot<T>(trustRoot: TrustRoot, read: (trustRoot: TrustRoot) => T): T {
  try {
    return read(trustRoot);
  } catch (cause) {
    const message = `reading the trust root ${trustRoot.source}: expected keys and certificates, found other values`;
    throw new AttestError("ATTEST_TRUST_ROOT", message, { cause });
  }
}

const codes: Readonly<Record<string, AttestErrorCode>> = {
  TLOG_ERROR: "ATTEST_TLOG",
  TLOG_INCLUSION_PROOF_ERROR: "ATTEST_TLOG",
  TLOG_INCLUSION_PROMISE_ERROR: "ATTEST_TLOG",
  TLOG_MISSING_INCLUSION_ERROR: "ATTEST_TLOG",
  TLOG_BODY_ERROR: "ATTEST_TLOG",
  CERTIFICATE_ERROR: "ATTEST_CERTIFICATE",
  PUBLIC_KEY_ERROR: "ATTEST_KEY",
  SIGNATURE_ERROR: "ATTEST_SIGNATURE",
  TIMESTAMP_ERROR: "ATTEST_TIMESTAMP",
};

/** Errors without one of the verifier's codes come from reading hostile or broken bytes. */
function translating<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const code =
      cause instanceof Error && "code" in cause && typeof cause.code === "string" ? codes[cause.code] : undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const detail = code === undefined ? `expected readable verification material, found ${reason}` : reason;
    throw new AttestError(code ?? "ATTEST_BUNDLE_FORMAT", `verifying the bundle: ${detail}`, {
      cause,
      hint: "do not use what it signs; fetch it again, and check that the trust root is that of the services that signed",
    });
  }
}

interface Identity {
  readonly subjectAlternativeName?: string;
  readonly extensions?: { readonly issuer?: string };
}

/** Two readers of one certificate must agree on whose it is, or the name that is checked is not the name that was verified. */
function requireSameReading(signer: Signer, identity: Identity | undefined): void {
  if (identity?.subjectAlternativeName === signer.identity && identity.extensions?.issuer === signer.issuer) return;
  throw new AttestError(
    "ATTEST_CERTIFICATE",
    "verifying the bundle: expected one reading of the signer's name, found two",
  );
}
