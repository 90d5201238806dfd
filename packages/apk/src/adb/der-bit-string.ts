import { ApkError } from "../apk-error.ts";

/**
 * The key in a SubjectPublicKeyInfo (SEQUENCE { algorithm SEQUENCE, key BIT STRING }): PKCS#1 for RSA, the point for an
 * elliptic curve. `info` comes from the crypto library and is well formed.
 * @throws ApkError KEY_FORMAT where it is not
 */
export function derBitString(info: Buffer): Buffer {
  const outer = contentAt(info, 0, 0x30);
  const algorithm = contentAt(info, outer.start, 0x30);
  const key = contentAt(info, algorithm.end, 0x03);
  // The first byte of a BIT STRING counts the bits that are unused at its end.
  return info.subarray(key.start + 1, key.end);
}

function contentAt(der: Buffer, at: number, tag: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  if (der[at] !== tag || lengthBytes > 4 || start > der.length) throw malformed();
  const end = start + (lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes));
  if (end > der.length) throw malformed();
  return { start, end };
}

function malformed(): ApkError {
  return new ApkError("KEY_FORMAT", "a public key has no id: it is of a kind that cannot sign packages", {
    hint: "use RSA or elliptic curve keys",
  });
}
