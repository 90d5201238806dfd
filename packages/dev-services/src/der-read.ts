/** A value of a DER encoding, taken apart one level. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  /** The value with its tag and length. */
  readonly bytes: Buffer;
}

/** The values that stand in `bytes` one after the other; undefined when they are no DER. */
export function readDer(bytes: Buffer): DerValue[] | undefined {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const short = bytes[at + 1] ?? 0x80;
    const count = short < 0x80 ? 0 : short & 0x7f;
    if ((short >= 0x80 && count === 0) || count > 3 || at + 2 + count > bytes.byteLength) return undefined;
    const start = at + 2 + count;
    const end = start + (count === 0 ? short : bytes.readUIntBE(at + 2, count));
    if (end > bytes.byteLength) return undefined;
    values.push({ tag: bytes.readUInt8(at), content: bytes.subarray(start, end), bytes: bytes.subarray(at, end) });
    at = end;
  }
  return values;
}
