import { AttestError } from "./attest-error.ts";

/**
 * The little of DER (X.690) that reading a certificate takes: a value is a tag, a length and a content; constructed
 * content is a row of values. Indefinite lengths and lengths that are longer than needed are no DER.
 */
export interface DerValue {
  /** The identifier octet; tags above 30 occur in no certificate. */
  readonly tag: number;
  readonly content: Buffer;
}

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
} as const;

/** The values that stand in `bytes` one after the other. @throws AttestError ATTEST_CERTIFICATE */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const { length, start } = readLength(bytes, at + 1);
    if (start + length > bytes.length) throw malformed();
    values.push({ tag: bytes.readUInt8(at), content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}

/** The parts of a constructed value with the expected tag. @throws AttestError ATTEST_CERTIFICATE */
export function partsOf(value: DerValue | undefined, tag: number = derTags.sequence): DerValue[] {
  if (value?.tag !== tag) throw malformed();
  return readDer(value.content);
}

/** The dotted form of an object identifier (X.690 §8.19). */
export function formatOid({ content }: DerValue): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join(".");
}

function readLength(bytes: Buffer, at: number): { readonly length: number; readonly start: number } {
  const first = bytes[at] ?? 0x80;
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + 1 + count > bytes.length) throw malformed();
  const length = bytes.readUIntBE(at + 1, count);
  if (length < 0x80 || length < 2 ** (8 * (count - 1))) throw malformed();
  return { length, start: at + 1 + count };
}

function malformed(): AttestError {
  return new AttestError("ATTEST_CERTIFICATE", "reading the certificate: expected DER, found other bytes");
}
