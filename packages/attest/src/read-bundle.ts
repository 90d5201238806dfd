import { requireWithin } from "@apkmill/core";
import type { Bundle } from "@sigstore/bundle";
import { AttestError } from "./attest-error.ts";

/** A sigstore bundle in memory; its parts are there, and nothing is verified. */
export type ParsedBundle = Bundle;

/** Versions of the format (protobuf-specs, sigstore_bundle.proto). Written today: the last. */
const mediaTypes: readonly string[] = [
  "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "application/vnd.dev.sigstore.bundle+json;version=0.2",
  "application/vnd.dev.sigstore.bundle+json;version=0.3",
  "application/vnd.dev.sigstore.bundle.v0.3+json",
];
/** As in sigstore-go: each entry costs a proof, and comparing them all with each other the square of it. */
const maxWitnesses = 32;

/** Bytes → bundle. @throws AttestError ATTEST_BUNDLE_FORMAT · CoreError LIMIT_EXCEEDED */
export async function parseBundle(bytes: Uint8Array, limitBytes: number): Promise<ParsedBundle> {
  requireWithin("the bundle", bytes.byteLength, limitBytes);
  const { bundleFromJSON } = await import("./sigstore-verifying.ts");
  const value = parseJson(bytes);
  let bundle: ParsedBundle;
  try {
    bundle = bundleFromJSON(value);
  } catch (cause) {
    throw malformed("a whole sigstore bundle", partsMissing(cause), cause);
  }
  if (!mediaTypes.includes(bundle.mediaType)) throw malformed("a known version", JSON.stringify(bundle.mediaType));
  requireFewWitnesses(bundle);
  return bundle;
}

/** The signing certificate as DER; undefined where a key signed. */
export function certificateOf({ verificationMaterial: { content } }: ParsedBundle): Buffer | undefined {
  switch (content.$case) {
    case "certificate":
      return content.certificate.rawBytes;
    case "x509CertificateChain":
      return content.x509CertificateChain.certificates[0]?.rawBytes;
    case "publicKey":
      return undefined;
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed("a JSON bundle", "other bytes", cause);
  }
}

/** The validator of @sigstore/bundle lists the parts that are missing or that the version does not allow. */
function partsMissing(cause: unknown): string {
  const fields = cause instanceof Error && "fields" in cause ? cause.fields : undefined;
  return Array.isArray(fields) ? `a wrong ${fields.join(", ")}` : "values of another shape";
}

function requireFewWitnesses({ verificationMaterial: { tlogEntries, timestampVerificationData } }: ParsedBundle): void {
  const most = Math.max(tlogEntries.length, timestampVerificationData?.rfc3161Timestamps.length ?? 0);
  if (most > maxWitnesses) throw malformed(`at most ${String(maxWitnesses)} log entries and timestamps`, String(most));
}

function malformed(expected: string, found: string, cause?: unknown): AttestError {
  return new AttestError("ATTEST_BUNDLE_FORMAT", `reading the bundle: expected ${expected}, found ${found}`, { cause });
}
