/**
 * A DER encoder (X.690): as much as certificates and timestamps take. Every function gives the bytes of one value.
 */

/** One value: tag, length, content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.byteLength), body]);
}

/** Below 128 the length is its own octet; above, a count of octets goes before it (§8.1.3). */
function lengthOf(sizeBytes: number): Buffer {
  if (sizeBytes < 0x80) return Buffer.from([sizeBytes]);
  const octets = minimalBytes(BigInt(sizeBytes));
  return Buffer.concat([Buffer.from([0x80 | octets.byteLength]), octets]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);

/** A SET OF: its values stand in the order of their bytes (§11.6). */
export const setOf = (...parts: readonly Uint8Array[]): Buffer =>
  der(0x31, ...[...parts].sort((a, b) => Buffer.compare(a, b)));

/** A non-negative number; bytes are taken as big endian. */
export function integer(value: number | Uint8Array): Buffer {
  const number = typeof value === "number" ? BigInt(value) : BigInt(`0x${Buffer.from(value).toString("hex") || "0"}`);
  const octets = minimalBytes(number);
  // The highest bit would make it negative.
  return der(0x02, (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), octets]) : octets);
}

function minimalBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

/** `1.2.840.…`: two arcs in the first octet, seven bits in each of the others (§8.19). */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80);
  return digits;
}

export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
/** Whole octets only. */
export const bits = (bytes: Uint8Array, unusedBits = 0): Buffer => der(0x03, Buffer.from([unusedBits]), bytes);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
/** DER leaves out a FALSE that is the default, so only TRUE is ever written. */
export const booleanTrue: Buffer = der(0x01, Buffer.from([0xff]));
export const nothing: Buffer = der(0x05);
/** `[n] EXPLICIT`, or an implicitly tagged constructed value. */
export const tagged = (number: number, ...parts: readonly Uint8Array[]): Buffer => der(0xa0 | number, ...parts);
/** `[n] IMPLICIT` of a primitive value. */
export const taggedPrimitive = (number: number, bytes: Uint8Array): Buffer => der(0x80 | number, bytes);

/** A time in certificates: UTCTime until 2049 (RFC 5280 §4.1.2.5). Seconds since the epoch. */
export function certificateTime(seconds: number): Buffer {
  const text = timeText(seconds);
  return text < "2050" ? der(0x17, Buffer.from(text.slice(2))) : generalizedTime(seconds);
}

/** Whole seconds, UTC: fractions are where readers disagree. */
export function generalizedTime(seconds: number): Buffer {
  return der(0x18, Buffer.from(timeText(seconds)));
}

/** `YYYYMMDDhhmmssZ` */
function timeText(seconds: number): string {
  return `${new Date(Math.floor(seconds) * 1000).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
}
