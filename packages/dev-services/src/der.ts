/**
 * DER, the distinguished encoding of ASN.1 (X.690): what certificates and timestamps are written in. Only the types that
 * these services need. Every function returns one complete element.
 */

const contextClass = 0x80;
const constructed = 0x20;

/** Any element: its tag byte, its length, its content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export function sequence(...content: readonly Uint8Array[]): Buffer {
  return element(0x30, ...content);
}

/** A SET OF: its elements in the order of their bytes, as DER asks. */
export function setOf(...content: readonly Uint8Array[]): Buffer {
  return element(0x31, ...[...content].sort((a, b) => Buffer.compare(a, b)));
}

/** A non-negative INTEGER, given as a number or as big-endian bytes. */
export function integer(value: number | Uint8Array): Buffer {
  const bytes = typeof value === "number" ? bytesOf(value) : Buffer.from(value);
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const trimmed = bytes.subarray(start);
  const negative = ((trimmed[0] ?? 0) & 0x80) !== 0;
  return element(0x02, negative ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed);
}

function bytesOf(value: number): Buffer {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.from([value ? 0xff : 0]));
}

export function nullValue(): Buffer {
  return element(0x05);
}

/** An object identifier from its dotted text. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return element(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128));
  return digits;
}

export function octetString(...content: readonly Uint8Array[]): Buffer {
  return element(0x04, ...content);
}

/** A BIT STRING of whole bytes, or with unused bits at its end. */
export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return element(0x03, Buffer.from([unusedBits]), content);
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, "utf8"));
}

/** GeneralizedTime in whole seconds, UTC: readers differ in which fractions they take. */
export function generalizedTime(epochSeconds: number): Buffer {
  const text = new Date(epochSeconds * 1000)
    .toISOString()
    .replace(/[-:T]/g, "")
    .replace(/\.\d+Z$/, "Z");
  return element(0x18, Buffer.from(text, "ascii"));
}

/** A time of a certificate: UTCTime until 2049 (RFC 5280 §4.1.2.5). */
export function certificateTime(epochSeconds: number): Buffer {
  const text = new Date(epochSeconds * 1000)
    .toISOString()
    .replace(/[-:T]/g, "")
    .replace(/\.\d+Z$/, "Z");
  return Number(text.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(text.slice(2), "ascii"))
    : generalizedTime(epochSeconds);
}

/** `[number] EXPLICIT`. */
export function explicit(number: number, ...content: readonly Uint8Array[]): Buffer {
  return element(contextClass | constructed | number, ...content);
}

/** `[number] IMPLICIT` of a primitive type, given its content. */
export function implicit(number: number, content: Uint8Array): Buffer {
  return element(contextClass | number, content);
}

/** An element that was read: its tag, its content and its whole bytes. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

/** The elements that stand in a row in `bytes`. @throws RangeError when they do not fill it exactly */
export function readElements(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const { start, length } = readLength(bytes, at + 1);
    if (start + length > bytes.length) throw new RangeError("an element is longer than what holds it");
    elements.push({
      tag: bytes[at] ?? 0,
      content: bytes.subarray(start, start + length),
      whole: bytes.subarray(at, start + length),
    });
    at = start + length;
  }
  return elements;
}

function readLength(bytes: Buffer, at: number): { start: number; length: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { start: at + 1, length: first };
  const digits = first & 0x7f;
  if (digits === 0 || digits > 4) throw new RangeError("a length that is not used here");
  return { start: at + 1 + digits, length: bytes.readUIntBE(at + 1, digits) };
}
