/** A shared library for tests, with nothing in it but what the loader's cache asks for. */
export interface TestLibrary {
  readonly soname?: string;
  /** `e_machine`; x86-64 unless said. */
  readonly machine?: number;
  readonly wide?: boolean;
  readonly little?: boolean;
  /** `e_flags`. */
  readonly elfFlags?: number;
  /** `e_type`; 3, a shared object, unless said. */
  readonly type?: number;
  /** Bytes before the names and between the names and the dynamic section. */
  readonly before?: number;
  readonly between?: number;
}

const base = 0x10000;

/** Header, program headers, names, dynamic section; loaded as one segment. */
export function elfOf(library: TestLibrary = {}): Buffer {
  const { soname, machine = 62, wide = true, little = true, elfFlags = 0, type = 3, before = 0, between = 0 } = library;
  const [headerBytes, segmentBytes, word] = wide ? [64, 56, 8] : [52, 32, 4];
  const names = Buffer.from(`\0libother.so.9\0${soname ?? "unused"}\0`);
  const namesAt = headerBytes + 2 * segmentBytes + before;
  const dynamicAt = namesAt + names.length + between;
  const tags: [number, number][] = [
    [1, 1],
    ...(soname === undefined ? [] : [[14, names.indexOf(Buffer.from(`${soname}\0`))] satisfies [number, number]]),
    [5, base + namesAt],
    [10, names.length],
    [0, 0],
  ];
  const bytes = Buffer.alloc(dynamicAt + tags.length * 2 * word);
  const put = numberWriter(bytes, little);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1]);
  put(16, 2, type);
  put(18, 2, machine);
  put(wide ? 32 : 28, word, headerBytes);
  put(wide ? 48 : 36, 4, elfFlags);
  put(wide ? 54 : 42, 2, segmentBytes);
  put(wide ? 56 : 44, 2, 2);
  const segments: [number, number, number][] = [
    [1, 0, bytes.length],
    [2, dynamicAt, tags.length * 2 * word],
  ];
  for (const [index, [kind, offset, length]] of segments.entries()) {
    const at = headerBytes + index * segmentBytes;
    const [offsetAt, addressAt, lengthAt] = wide ? [8, 16, 32] : [4, 8, 16];
    put(at, 4, kind);
    put(at + offsetAt, word, offset);
    put(at + addressAt, word, base + offset);
    put(at + lengthAt, word, length);
  }
  names.copy(bytes, namesAt);
  for (const [index, [tag, value]] of tags.entries()) {
    put(dynamicAt + index * 2 * word, word, tag);
    put(dynamicAt + index * 2 * word + word, word, value);
  }
  return bytes;
}

function numberWriter(bytes: Buffer, little: boolean): (at: number, length: number, value: number) => void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (at, length, value) => {
    if (length === 2) view.setUint16(at, value, little);
    else if (length === 4) view.setUint32(at, value, little);
    else view.setBigUint64(at, BigInt(value), little);
  };
}
