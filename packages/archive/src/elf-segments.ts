import { elfFields, parseElfTable, type ByteRange, type ElfHeader, type ElfKind } from "./elf-header.ts";

/** The program headers of an ELF file: what is where once it is loaded. */

/** One program header; the range is what the file holds of the segment. */
export interface ElfSegment extends ByteRange {
  /** One of {@link segmentType}, or another. */
  readonly type: number;
  /** Where the segment begins in memory. */
  readonly address: number;
}

export const segmentType = { load: 1, dynamic: 2, interpreter: 3 } as const;

/** Length of a program header; those of a table may be longer, with more at their ends. */
export function segmentHeaderBytes({ wide }: ElfKind): number {
  return wide ? 56 : 32;
}

/** The program headers, from the bytes of `header.segments`; undefined where the table is cut short. */
export function parseElfSegments(header: ElfHeader, bytes: Buffer): ElfSegment[] | undefined {
  const field = elfFields(bytes, header);
  const [offset, address, length] = header.wide ? [8, 16, 32] : [4, 8, 16];
  return parseElfTable(header.segments, bytes, segmentHeaderBytes(header), (at) => ({
    type: field.int(at),
    offset: field.word(at + offset),
    length: field.word(at + length),
    address: field.word(at + address),
  }));
}

/** Where in the file the byte is that is loaded at `address`; undefined when nothing is loaded there from the file. */
export function fileOffsetOf(segments: readonly ElfSegment[], address: number): number | undefined {
  if (!Number.isSafeInteger(address)) return undefined;
  const holder = segments.find(
    ({ type, address: from, length }) => type === segmentType.load && from <= address && address < from + length,
  );
  return holder === undefined ? undefined : address - holder.address + holder.offset;
}
