import {
  longestTable,
  parseDynamic,
  parseHeader,
  parseSections,
  parseSegments,
  readTable,
  type Header,
  type ReadAt,
  type Section,
  type Segment,
} from "./elf-tables.ts";

/**
 * What does an ELF file need, and what does it offer?
 *
 * Contract: facts of any well-formed executable or shared object of either width and byte order; undefined for everything
 * else, also for a file that only begins like one. Never throws on content, never reads more than the tables it needs.
 * Steps: header → sections → dynamic section with its string table; interpreter from the program headers. A file whose
 * section table was stripped is read through its program headers instead.
 * Source: System V ABI, chapters 4 and 5.
 */
export interface ElfFacts {
  /** 1 relocatable, 2 executable, 3 shared object or position independent executable, 4 core. */
  readonly type: number;
  /** e_machine: 62 x86-64, 183 AArch64, … */
  readonly machine: number;
  /** Path of the program interpreter; "" for none. */
  readonly interpreter: string;
  readonly needed: readonly string[];
  readonly sonames: readonly string[];
  /** Section names in file order. */
  readonly sections: readonly string[];
}

const longestName = 4096;
const ptDynamic = 2;
const ptInterp = 3;
const ptLoad = 1;
const shtNobits = 8;
const shtDynamic = 6;
const dtNeeded = 1;
const dtStrtab = 5;
const dtStrsz = 10;
const dtSoname = 14;

/** Reads the facts; undefined where it is not a well-formed ELF file. */
export async function readElf(readAt: ReadAt): Promise<ElfFacts | undefined> {
  const header = parseHeader(await readAt(0, 64));
  if (header === undefined) return undefined;
  const segments = parseSegments(header, await readTable(readAt, header.segments));
  const sections = parseSections(header, await readTable(readAt, header.sections));
  if (segments === undefined || sections === undefined) return undefined;
  const interpreter = segments.find((segment) => segment.type === ptInterp);
  const names = await sectionNames(readAt, header, sections);
  const dynamic =
    sections.length > 0
      ? await dynamicBySection(readAt, header, sections)
      : await dynamicBySegment(readAt, header, segments);
  return {
    type: header.type,
    machine: header.machine,
    interpreter:
      interpreter === undefined
        ? ""
        : textAt(await readAt(interpreter.offset, Math.min(interpreter.size, longestName)), 0),
    needed: dynamic.filter(({ tag }) => tag === dtNeeded).map(({ text }) => text),
    sonames: dynamic.filter(({ tag }) => tag === dtSoname).map(({ text }) => text),
    sections: names,
  };
}

async function contentOf(readAt: ReadAt, section: Section | undefined): Promise<Buffer> {
  // A section without bits in the file (.bss, everything in a separated debug file) has nothing to read.
  if (section === undefined || section.type === shtNobits || section.size > longestTable) return Buffer.alloc(0);
  return readAt(section.offset, section.size);
}

async function sectionNames(readAt: ReadAt, header: Header, sections: readonly Section[]): Promise<string[]> {
  const names = await contentOf(readAt, sections[header.namesSection]);
  return sections.map((section) => textAt(names, section.name));
}

interface DynamicText {
  readonly tag: number;
  readonly text: string;
}

async function dynamicBySection(readAt: ReadAt, header: Header, sections: readonly Section[]): Promise<DynamicText[]> {
  const section = sections.find(({ type }) => type === shtDynamic);
  if (section === undefined) return [];
  const strings = await contentOf(readAt, sections[section.link]);
  return textsOf(parseDynamic(header, await contentOf(readAt, section)), strings);
}

async function dynamicBySegment(readAt: ReadAt, header: Header, segments: readonly Segment[]): Promise<DynamicText[]> {
  const segment = segments.find(({ type }) => type === ptDynamic);
  if (segment === undefined || segment.size > longestTable) return [];
  const entries = parseDynamic(header, await readAt(segment.offset, segment.size));
  const address = entries.find(({ tag }) => tag === dtStrtab)?.value ?? 0;
  const size = entries.find(({ tag }) => tag === dtStrsz)?.value ?? 0;
  const load = segments.find(
    ({ type, address: from, size: length }) => type === ptLoad && from <= address && address < from + length,
  );
  if (load === undefined || size > longestTable) return [];
  return textsOf(entries, await readAt(load.offset + address - load.address, size));
}

function textsOf(entries: readonly { tag: number; value: number }[], strings: Buffer): DynamicText[] {
  return entries
    .filter(({ tag }) => tag === dtNeeded || tag === dtSoname)
    .map(({ tag, value }) => ({ tag, text: textAt(strings, value) }))
    .filter(({ text }) => text !== "");
}

function textAt(bytes: Buffer, at: number): string {
  if (at >= bytes.length) return "";
  const end = bytes.indexOf(0, at);
  const stop = end === -1 ? bytes.length : end;
  return stop - at > longestName ? "" : bytes.toString("utf8", at, stop);
}
