/** The tables of an ELF file, of either width and byte order, as plain values. Source: System V ABI, chapters 4 and 5. */

/** Bytes at a position of the file; fewer where it ends. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

/** No honest file has a table, or a section of names, that is longer. */
export const longestTable = 16 << 20;

/** True when a file begins as ELF files do. */
export function isElf(head: Uint8Array): boolean {
  return head.length >= 20 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** Where a table of headers is. */
export interface Table {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

/** What the file header says. */
export interface Header {
  readonly wide: boolean;
  readonly little: boolean;
  readonly type: number;
  readonly machine: number;
  readonly segments: Table;
  readonly sections: Table;
  readonly namesSection: number;
}

/** The file header; undefined where it is not one of ELF. */
export function parseHeader(bytes: Buffer): Header | undefined {
  const wide = bytes[4] === 2;
  const little = bytes[5] === 1;
  if (!isElf(bytes) || (!wide && bytes[4] !== 1) || (!little && bytes[5] !== 2)) return undefined;
  if (bytes.length < (wide ? 64 : 52)) return undefined;
  const field = fields(bytes, wide, little);
  const at = wide ? 54 : 42;
  return {
    wide,
    little,
    type: field.half(16),
    machine: field.half(18),
    segments: { offset: field.word(wide ? 32 : 28), entrySize: field.half(at), count: field.half(at + 2) },
    sections: { offset: field.word(wide ? 40 : 32), entrySize: field.half(at + 4), count: field.half(at + 6) },
    namesSection: field.half(at + 8),
  };
}

/** Numbers of a table as wide and in the order that the header says. A word is an address, offset or size. */
function fields(bytes: Buffer, wide: boolean, little: boolean) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    half: (at: number): number => view.getUint16(at, little),
    int: (at: number): number => view.getUint32(at, little),
    word: (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)),
  };
}

/** A table's bytes; undefined when the file ends before it does or no honest file has one so long. */
export async function readTable(readAt: ReadAt, { offset, entrySize, count }: Table): Promise<Buffer | undefined> {
  const length = entrySize * count;
  if (length === 0) return Buffer.alloc(0);
  if (length > longestTable || !Number.isSafeInteger(offset + length)) return undefined;
  const bytes = await readAt(offset, length);
  return bytes.length === length ? bytes : undefined;
}

/** One program header. */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** The program headers; undefined where the table is cut short. */
export function parseSegments(header: Header, bytes: Buffer | undefined): Segment[] | undefined {
  const { wide, little, segments } = header;
  if (bytes === undefined || (segments.count > 0 && segments.entrySize < (wide ? 56 : 32))) return undefined;
  const field = fields(bytes, wide, little);
  return Array.from({ length: segments.count }, (_, index) => {
    const at = index * segments.entrySize;
    return wide
      ? { type: field.int(at), offset: field.word(at + 8), address: field.word(at + 16), size: field.word(at + 32) }
      : { type: field.int(at), offset: field.word(at + 4), address: field.word(at + 8), size: field.word(at + 16) };
  });
}

/** One section header. */
export interface Section {
  readonly name: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** The section headers; undefined where the table is cut short. */
export function parseSections(header: Header, bytes: Buffer | undefined): Section[] | undefined {
  const { wide, little, sections } = header;
  if (bytes === undefined || (sections.count > 0 && sections.entrySize < (wide ? 64 : 40))) return undefined;
  const field = fields(bytes, wide, little);
  return Array.from({ length: sections.count }, (_, index) => {
    const at = index * sections.entrySize;
    const [offset, size, link] = wide ? [24, 32, 40] : [16, 20, 24];
    return {
      name: field.int(at),
      type: field.int(at + 4),
      offset: field.word(at + offset),
      size: field.word(at + size),
      link: field.int(at + link),
    };
  });
}

/** The entries of a dynamic section, up to its end mark. */
export function parseDynamic({ wide, little }: Header, bytes: Buffer): { tag: number; value: number }[] {
  const field = fields(bytes, wide, little);
  const size = wide ? 16 : 8;
  const entries = Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => ({
    tag: field.word(index * size),
    value: field.word(index * size + size / 2),
  }));
  const end = entries.findIndex(({ tag }) => tag === 0);
  return end === -1 ? entries : entries.slice(0, end);
}
