import { elfFields, type ElfKind } from "./elf-header.ts";

/** The dynamic section of an ELF file, and the strings that its entries name. */

/** What the loader is told: a number, an address, or an offset in the table of strings, as the tag says. */
export interface DynamicEntry {
  /** One of {@link dynamicTag}, or another. */
  readonly tag: number;
  readonly value: number;
}

/** `strings` has the address of the table of strings, `stringsBytes` its length; `needed` and `soname` are offsets in it. */
export const dynamicTag = { end: 0, needed: 1, strings: 5, stringsBytes: 10, soname: 14 } as const;

/** The entries of a dynamic section, up to its end mark or as far as its bytes go. */
export function parseDynamicEntries(kind: ElfKind, bytes: Buffer): DynamicEntry[] {
  const field = elfFields(bytes, kind);
  const half = kind.wide ? 8 : 4;
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + 2 * half <= bytes.length; at += 2 * half) {
    const tag = field.word(at);
    if (tag === dynamicTag.end) break;
    entries.push({ tag, value: field.word(at + half) });
  }
  return entries;
}

/** The value of the first entry with a tag; undefined when there is none. */
export function dynamicValue(entries: readonly DynamicEntry[], tag: number): number | undefined {
  return entries.find((entry) => entry.tag === tag)?.value;
}

/** The string that `bytes` begin with, without its end mark; undefined where they have no end mark. */
export function elfString(bytes: Buffer): Buffer | undefined {
  const end = bytes.indexOf(0);
  return end === -1 ? undefined : bytes.subarray(0, end);
}
