import { ApkError } from "./apk-error.ts";

/**
 * One spelling for the identity of a v2 package: `Q1` and the base64 of 20 bytes. Indexes may also write `X1` and hex,
 * and base64 whose last character has stray bits: apk compares the decoded bytes, so do we (reference apk-formats A3).
 * @throws ApkError APK_IDENTITY, APK_UNSUPPORTED
 */
export function normalizeIdentity(text: string, what: string): string {
  const encoding = text.startsWith("Q1") ? "base64" : text.startsWith("X1") ? "hex" : undefined;
  const bytes = encoding === undefined ? Buffer.alloc(0) : Buffer.from(text.slice(2), encoding);
  if (bytes.length === 20) return `Q1${bytes.toString("base64")}`;
  if (bytes.length === 32 || /^[QX]2/.test(text)) {
    throw new ApkError("APK_UNSUPPORTED", `${what}: its index names it by SHA-256, as only v3 packages are`, {
      context: { package: what },
    });
  }
  throw new ApkError("APK_IDENTITY", `${what}: expected an identity Q1…, found ${JSON.stringify(text.slice(0, 60))}`, {
    hint: "index the repository again",
    context: { package: what },
  });
}
