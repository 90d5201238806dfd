import { elfFields, parseElfTable, type ByteRange, type ElfHeader } from "./elf-header.ts";

/** One section header of an ELF file; the range is what the file holds of the section. */
export interface ElfSection extends ByteRange {
  /** Offset in the section of names. */
  readonly name: number;
  /** One of {@link sectionType}, or another. */
  readonly type: number;
  /** Position of the section that belongs to this one: for a dynamic section that of its strings. */
  readonly link: number;
}

/** `noBits` has a length, but nothing in the file: `.bss`, or everything in a separated debug file. */
export const sectionType = { dynamic: 6, noBits: 8 } as const;

/** The section headers, from the bytes of `header.sections`; undefined where the table is cut short. */
export function parseElfSections(header: ElfHeader, bytes: Buffer): ElfSection[] | undefined {
  const field = elfFields(bytes, header);
  const [offset, length, link] = header.wide ? [24, 32, 40] : [16, 20, 24];
  return parseElfTable(header.sections, bytes, header.wide ? 64 : 40, (at) => ({
    name: field.int(at),
    type: field.int(at + 4),
    offset: field.word(at + offset),
    length: field.word(at + length),
    link: field.int(at + link),
  }));
}
