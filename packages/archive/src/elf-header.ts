/**
 * ELF files, of either width and byte order, as plain values: the header here, each table in a file of its own.
 *
 * Contract: every function takes bytes that the caller has read and gives what they say; undefined where they are not what they
 * should be. None throws on content, reads a file, or judges what a file is good for: callers decide which ranges they read, up to
 * which length, and what they make of a strange one. An offset, a length or a count is only what the file claims.
 * Source: System V ABI, chapters 4 and 5.
 */

/** How wide the numbers of a file are, and in which order their bytes stand. */
export interface ElfKind {
  readonly wide: boolean;
  readonly little: boolean;
}

/** A part of a file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Where a table of headers is; `length` is that of all its entries. */
export interface ElfTable extends ByteRange {
  readonly count: number;
  readonly entryBytes: number;
}

/** What the file header says. */
export interface ElfHeader extends ElfKind {
  /** 1 relocatable, 2 executable, 3 shared object or position independent executable, 4 core. */
  readonly type: number;
  /** `e_machine`: 62 x86-64, 183 AArch64, … */
  readonly machine: number;
  /** `e_flags`, whose meaning every machine has for itself. */
  readonly machineFlags: number;
  readonly segments: ElfTable;
  readonly sections: ElfTable;
  /** Position of the section with the names of all sections. */
  readonly namesSection: number;
}

/** Enough for the header of any ELF file; a 32-bit one is shorter. */
export const elfHeaderBytes = 64;

/** True when a file begins as ELF files do. */
export function isElf(head: Uint8Array): boolean {
  return head.length >= 20 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** The header at the beginning of `bytes`; undefined where it is not one of ELF, or cut short. */
export function parseElfHeader(bytes: Buffer): ElfHeader | undefined {
  const wide = bytes[4] === 2;
  const little = bytes[5] === 1;
  if (!isElf(bytes) || (!wide && bytes[4] !== 1) || (!little && bytes[5] !== 2)) return undefined;
  if (bytes.length < (wide ? elfHeaderBytes : 52)) return undefined;
  const field = elfFields(bytes, { wide, little });
  const sizes = wide ? 54 : 42;
  return {
    wide,
    little,
    type: field.half(16),
    machine: field.half(18),
    machineFlags: field.int(wide ? 48 : 36),
    segments: tableOf(field.word(wide ? 32 : 28), field.half(sizes), field.half(sizes + 2)),
    sections: tableOf(field.word(wide ? 40 : 32), field.half(sizes + 4), field.half(sizes + 6)),
    namesSection: field.half(sizes + 8),
  };
}

function tableOf(offset: number, entryBytes: number, count: number): ElfTable {
  return { offset, length: count * entryBytes, count, entryBytes };
}

/**
 * One value for each entry, made from its position; undefined where `bytes` are not the whole table, or where its entries are
 * shorter than `leastBytes`.
 */
export function parseElfTable<Entry>(
  { length, count, entryBytes }: ElfTable,
  bytes: Buffer,
  leastBytes: number,
  entryAt: (at: number) => Entry,
): Entry[] | undefined {
  if (bytes.length !== length || (count > 0 && entryBytes < leastBytes)) return undefined;
  return Array.from({ length: count }, (_, index) => entryAt(index * entryBytes));
}

/**
 * Numbers as wide and in the order that the header says. A word is an address, offset or size; one above 2^53 is read inexactly: as
 * an offset or size it lies outside of every file, and {@link fileOffsetOf} refuses it as an address.
 */
export function elfFields(bytes: Buffer, { wide, little }: ElfKind) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    half: (at: number): number => view.getUint16(at, little),
    int: (at: number): number => view.getUint32(at, little),
    word: (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)),
  };
}
