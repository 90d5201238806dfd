import { ApkError } from "./apk-error.ts";

/**
 * One spelling for the identity of a package: `Q1` and the base64 of 20 bytes, or `Q2` and that of 32, which only v3 packages
 * have. Indexes may also write `X1` or `X2` and hex, 32 bytes under the number 1, and base64 whose last character has stray
 * bits: apk compares the decoded bytes, so do we (reference apk-formats A3).
 * @throws ApkError APK_IDENTITY
 */
export function normalizeIdentity(text: string, what: string): string {
  const bytes = decodeIdentity(text);
  if (bytes?.length === 20) return `Q1${bytes.toString("base64")}`;
  if (bytes?.length === 32) return `Q2${bytes.toString("base64")}`;
  throw new ApkError("APK_IDENTITY", `${what}: expected an identity Q1…, found ${JSON.stringify(text.slice(0, 60))}`, {
    hint: "index the repository again",
    context: { package: what },
  });
}

/**
 * What apk knows a package by, and writes into its database: the first 20 bytes of an identity, as `Q1…`. Of v2 that is all of it.
 */
export function shortIdentity(identity: string): string {
  if (!identity.startsWith("Q2")) return identity;
  return `Q1${Buffer.from(identity.slice(2), "base64").toString("base64", 0, 20)}`;
}

/** True when both name the same bytes, in whatever spelling; one of them may be cut to the 20 bytes that apk compares. */
export function isSameIdentity(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [decodeIdentity(a), decodeIdentity(b)];
  const length = Math.min(first?.length ?? 0, second?.length ?? 0);
  return length >= 20 && first?.subarray(0, length).equals(second?.subarray(0, length) ?? Buffer.alloc(0)) === true;
}

function decodeIdentity(text: string): Buffer | undefined {
  const match = /^([QX])[12](.*)$/.exec(text);
  return match?.[2] === undefined ? undefined : Buffer.from(match[2], match[1] === "Q" ? "base64" : "hex");
}
