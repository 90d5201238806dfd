import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { CoreError } from "./core-error.ts";

/** A content identifier as OCI writes it: `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/** The digest of bytes held in memory. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The digest of a whole file, read as a stream. */
export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return `sha256:${hash.digest("hex")}`;
}

/** The digest that 64 hex digits stand for. @throws CoreError DIGEST_MALFORMED */
export function digestFromHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

/**
 * Text → digest. Only sha256 is accepted: every format that this engine reads or writes uses it.
 * @throws CoreError DIGEST_MALFORMED
 */
export function parseDigest(text: string): Digest {
  if (!/^sha256:[0-9a-f]{64}$/.test(text)) {
    throw new CoreError(
      "DIGEST_MALFORMED",
      `expected a digest (sha256: and 64 hex digits), found ${JSON.stringify(text.slice(0, 100))}`,
    );
  }
  return text as Digest;
}

/** The 64 hex digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** Refuses bytes that are not what their name says. @throws CoreError DIGEST_MISMATCH */
export function requireDigest(what: string, expected: Digest, actual: Digest): void {
  if (expected !== actual) {
    throw new CoreError("DIGEST_MISMATCH", `${what}: expected ${expected}, found ${actual}`, {
      hint: "fetch it again; if it stays different, the source was changed or tampered with",
    });
  }
}
