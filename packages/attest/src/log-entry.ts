import { createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { AttestError } from "./attest-error.ts";
import type { ParsedBundle } from "./read-bundle.ts";

/**
 * Was it our signer who is in the log? @sigstore/verify compares signature and digest of a log entry with the bundle, not
 * the key under which the entry was accepted. ECDSA lets anybody make a second key for a given signature, so an entry
 * under another key would hide the use of a certificate from whoever watches the log for it.
 *
 * Source: the canonical bodies of Rekor: hashedrekord 0.0.1 and 0.0.2, dsse 0.0.1 and 0.0.2, intoto 0.0.2.
 */

/** Refuses a bundle with a log entry whose key is not the signer's. @throws AttestError ATTEST_TLOG */
export function requireLoggedBy({ verificationMaterial: { tlogEntries } }: ParsedBundle, signer: KeyObject): void {
  for (const { canonicalizedBody } of tlogEntries) {
    const logged = loggedKeys(canonicalizedBody);
    if (logged.length === 1 && logged.every((key) => key?.equals(signer) === true)) continue;
    throw new AttestError(
      "ATTEST_TLOG",
      "verifying the bundle: expected the log entry to name the signer's key, found another",
    );
  }
}

function loggedKeys(canonicalBody: Buffer): readonly (KeyObject | undefined)[] {
  const spec = at(JSON.parse(canonicalBody.toString("utf8")), "spec");
  const single = [
    // hashedrekord 0.0.1
    at(spec, "signature", "publicKey", "content"),
    // hashedrekord 0.0.2
    at(spec, "hashedRekordV002", "signature", "verifier"),
  ].filter((found) => found !== undefined);
  const several = [
    [at(spec, "signatures"), "verifier"],
    [at(spec, "dsseV002", "signatures"), "verifier"],
    [at(spec, "content", "envelope", "signatures"), "publicKey"],
  ].flatMap(([list, name]) => (Array.isArray(list) ? list.map((one: unknown) => at(one, String(name))) : []));
  return [...single, ...several].map(readVerifier);
}

/** A verifier is PEM in base64 (v1), or one of two DER values (v2). */
function readVerifier(verifier: unknown): KeyObject | undefined {
  try {
    if (typeof verifier === "string") return readPem(Buffer.from(verifier, "base64").toString("utf8"));
    const certificate = at(verifier, "x509Certificate", "rawBytes");
    if (typeof certificate === "string") return new X509Certificate(Buffer.from(certificate, "base64")).publicKey;
    const key = at(verifier, "publicKey", "rawBytes");
    return typeof key === "string"
      ? createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" })
      : undefined;
  } catch {
    return undefined;
  }
}

function readPem(text: string): KeyObject {
  return text.includes("BEGIN CERTIFICATE") ? new X509Certificate(text).publicKey : createPublicKey(text);
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
    value,
  );
}
