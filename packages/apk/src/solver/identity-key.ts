import { murmur3 } from "./murmur3.ts";

/**
 * When are two packages one? When the first 20 bytes of their decoded identities are the same (reference apk-formats A3).
 * In base64 that are 26 characters and four bits of the 27th: the bits that it leaves over do not count.
 */
const characters = 26;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** One text for all spellings of an identity. What is none of the known forms stands for itself. */
export function identityKey(checksum: string): string {
  const value = checksum.slice(2);
  if (/^[QX][12]/.test(checksum)) {
    if (checksum.startsWith("Q") && value.length > characters) return fromBase64(value);
    if (/^[0-9a-f]{40}/i.test(value)) return fromBase64(Buffer.from(value.slice(0, 40), "hex").toString("base64"));
  }
  return checksum;
}

function fromBase64(text: string): string {
  return `${text.slice(0, characters)}${alphabet.charAt(alphabet.indexOf(text.charAt(characters)) & ~3)}`;
}

/** A number that is the same for all spellings of an identity. */
export function identityHash(checksum: string): number {
  const key = Buffer.from(identityKey(checksum));
  return murmur3(key, 0, Math.min(key.length, characters), 0);
}
