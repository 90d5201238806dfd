import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFileWithin, type Limits } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import { requireLoggedBy } from "./log-entry.ts";
import { requirePolicy, type SignerPolicy } from "./policy.ts";
import { certificateOf, parseBundle, type ParsedBundle } from "./read-bundle.ts";
import type { Signer } from "./signer.ts";
import { parseStatement, type Statement } from "./statement.ts";
import type { TrustRoot } from "./trust-root.ts";
import { requireStatementPayload } from "./verify-bundle.ts";
import { openSignatureVerifier } from "./verify-signature.ts";

export interface VerifyArtifactOptions {
  readonly trustRoot: TrustRoot;
  readonly limits: Pick<Limits, "responseBytes" | "downloadBytes" | "configBytes">;
  /** Who must have signed: a policy for certificates, or the file of a PEM public key. */
  readonly signedBy: { readonly policy: SignerPolicy } | { readonly keyFile: string };
  /** `optional` also takes a signature that is in no log. Default `required`. */
  readonly transparencyLog?: "required" | "optional" | undefined;
}

export interface VerifiedArtifact {
  /** The certificate's facts; for a key, the digest of its public half. */
  readonly signer: Signer | { readonly key: string };
  /** What is said about the artifact, where the bundle is an attestation and not a bare signature. */
  readonly statement?: Statement;
}

/**
 * Verifies that a bundle signs, or attests something about, the bytes of a file. @throws AttestError ATTEST_*
 * · CoreError FILE_UNREADABLE
 */
export async function verifyArtifactBundle(
  bundleBytes: Uint8Array,
  artifactPath: string,
  options: VerifyArtifactOptions,
): Promise<VerifiedArtifact> {
  const bundle = await parseBundle(bundleBytes, options.limits.responseBytes);
  const key = await loadKey(options);
  requireKind(bundle, key);
  const artifact = await readSigned(bundle, artifactPath, options);
  const verifier = await openSignatureVerifier({ ...options, key });
  const { signer, publicKey } = verifier.verify(bundle, artifact);
  requireLoggedBy(bundle, publicKey);
  if (signer !== undefined && "policy" in options.signedBy) requirePolicy(options.signedBy.policy, signer);
  const statement = await readStatement(bundle, artifactPath);
  return { signer: signer ?? { key: describeKey(publicKey) }, ...(statement === undefined ? {} : { statement }) };
}

async function loadKey({ signedBy, limits }: VerifyArtifactOptions): Promise<KeyObject | undefined> {
  if (!("keyFile" in signedBy)) return undefined;
  const text = await readFileWithin(signedBy.keyFile, limits.configBytes, "configBytes");
  try {
    return createPublicKey(text);
  } catch (cause) {
    throw new AttestError("ATTEST_KEY", "reading the key: expected a public key in PEM, found something else", {
      cause,
      context: { file: signedBy.keyFile },
    });
  }
}

/** A certificate that anybody could get must not stand in for the key that was asked for, nor the reverse. */
function requireKind(bundle: ParsedBundle, key: KeyObject | undefined): void {
  const hasCertificate = certificateOf(bundle) !== undefined;
  if (hasCertificate === (key === undefined)) return;
  const [expected, found] = hasCertificate ? ["the key", "a certificate"] : ["a certificate", "a key"];
  throw new AttestError(
    "ATTEST_KEY",
    `verifying the bundle: expected a signature with ${expected}, found one with ${found}`,
    {
      hint: hasCertificate ? "name the identity that must have signed, not a key" : "name the public key with --key",
    },
  );
}

/** The bytes that a bare signature covers; their digest must be the one that the bundle names, and the log keeps. */
async function readSigned(
  { content }: ParsedBundle,
  path: string,
  { limits }: VerifyArtifactOptions,
): Promise<Buffer | undefined> {
  if (content.$case !== "messageSignature") return undefined;
  const artifact = await readFileWithin(path, limits.downloadBytes, "downloadBytes");
  const { digest } = content.messageSignature.messageDigest;
  // Which of the SHA-2 functions it is follows from the length.
  const algorithm = Object.entries(digestSizes).find(([, size]) => size === digest.byteLength)?.[0];
  if (algorithm === undefined) throw otherSubject(path, "a digest of an unknown kind");
  if (!createHash(algorithm).update(artifact).digest().equals(digest)) {
    throw otherSubject(path, `${algorithm}:${digest.toString("hex")}`);
  }
  return artifact;
}

const digestSizes: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 };

async function readStatement(bundle: ParsedBundle, path: string): Promise<Statement | undefined> {
  if (bundle.content.$case === "messageSignature") return undefined;
  const statement = parseStatement(requireStatementPayload(bundle));
  const digests = await digestsOf(path);
  const isSubject = statement.subject.some(({ digest }) => {
    const known = Object.entries(digest).filter(([algorithm]) => algorithm in digests);
    return known.length > 0 && known.every(([algorithm, hex]) => digests[algorithm] === hex);
  });
  if (isSubject) return statement;
  const named = statement.subject.flatMap(({ digest }) => Object.entries(digest).map((pair) => pair.join(":")));
  throw otherSubject(path, named.slice(0, 3).join(", "));
}

async function digestsOf(path: string): Promise<Readonly<Record<string, string>>> {
  const hashes = Object.keys(digestSizes).map((algorithm) => [algorithm, createHash(algorithm)] as const);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    for (const [, hash] of hashes) hash.update(chunk as Buffer);
  }
  return Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest("hex")]));
}

function describeKey(key: KeyObject): string {
  const spki = key.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
}

function otherSubject(path: string, found: string): AttestError {
  return new AttestError(
    "ATTEST_SUBJECT",
    `verifying ${path}: expected the bundle to be about this file, found ${found}`,
    {
      context: { file: path },
      hint: "check that file and bundle belong together",
    },
  );
}
