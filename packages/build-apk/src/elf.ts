import {
  dynamicTag,
  dynamicValue,
  elfHeaderBytes,
  elfString,
  fileOffsetOf,
  parseDynamicEntries,
  parseElfHeader,
  parseElfSections,
  parseElfSegments,
  sectionType,
  segmentType,
  type ByteRange,
  type DynamicEntry,
  type ElfHeader,
  type ElfSection,
  type ElfSegment,
} from "@apkmill/archive";

/**
 * What does an ELF file need, and what does it offer?
 *
 * Contract: facts of any well-formed executable or shared object of either width and byte order; undefined for everything
 * else, also for a file that only begins like one. Never throws on content, never reads more than the tables it needs.
 * Steps: header → sections → dynamic section with its string table; interpreter from the program headers. A file whose
 * section table was stripped is read through its program headers instead.
 * Source: System V ABI, chapters 4 and 5.
 */
export interface ElfFacts extends Pick<ElfHeader, "type" | "machine"> {
  /** Path of the program interpreter; "" for none. */
  readonly interpreter: string;
  readonly needed: readonly string[];
  readonly sonames: readonly string[];
  /** Section names in file order. */
  readonly sections: readonly string[];
}

/** Bytes at a position of the file; fewer where it ends. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

/** No honest file has a table, or a section of names, that is longer. */
const longestTable = 16 << 20;
const longestName = 4096;

/** Reads the facts; undefined where it is not a well-formed ELF file. */
export async function readElf(readAt: ReadAt): Promise<ElfFacts | undefined> {
  const header = parseElfHeader(await readAt(0, elfHeaderBytes));
  if (header === undefined) return undefined;
  const segments = parseElfSegments(header, await readRange(readAt, header.segments));
  const sections = parseElfSections(header, await readRange(readAt, header.sections));
  if (segments === undefined || sections === undefined) return undefined;
  const names = await sectionNames(readAt, header, sections);
  const dynamic =
    sections.length > 0
      ? await dynamicBySection(readAt, header, sections)
      : await dynamicBySegment(readAt, header, segments);
  return {
    type: header.type,
    machine: header.machine,
    interpreter: await interpreterOf(readAt, segments),
    needed: textsOf(dynamic, dynamicTag.needed),
    sonames: textsOf(dynamic, dynamicTag.soname),
    sections: names,
  };
}

/** Nothing where the length cannot be true; less than wanted where the file ends. */
async function readRange(readAt: ReadAt, { offset, length }: ByteRange): Promise<Buffer> {
  const isHonest = length <= longestTable && Number.isSafeInteger(offset + length);
  return length > 0 && isHonest ? readAt(offset, length) : Buffer.alloc(0);
}

async function contentOf(readAt: ReadAt, section: ElfSection | undefined): Promise<Buffer> {
  return section === undefined || section.type === sectionType.noBits ? Buffer.alloc(0) : readRange(readAt, section);
}

async function sectionNames(readAt: ReadAt, header: ElfHeader, sections: readonly ElfSection[]): Promise<string[]> {
  const names = await contentOf(readAt, sections[header.namesSection]);
  return sections.map((section) => textAt(names, section.name));
}

async function interpreterOf(readAt: ReadAt, segments: readonly ElfSegment[]): Promise<string> {
  const segment = segments.find(({ type }) => type === segmentType.interpreter);
  if (segment === undefined) return "";
  return textAt(await readRange(readAt, { ...segment, length: Math.min(segment.length, longestName) }), 0);
}

interface Dynamic {
  readonly entries: readonly DynamicEntry[];
  readonly strings: Buffer;
}

const noDynamic: Dynamic = { entries: [], strings: Buffer.alloc(0) };

async function dynamicBySection(readAt: ReadAt, header: ElfHeader, sections: readonly ElfSection[]): Promise<Dynamic> {
  const section = sections.find(({ type }) => type === sectionType.dynamic);
  if (section === undefined) return noDynamic;
  const strings = await contentOf(readAt, sections[section.link]);
  return { entries: parseDynamicEntries(header, await contentOf(readAt, section)), strings };
}

async function dynamicBySegment(readAt: ReadAt, header: ElfHeader, segments: readonly ElfSegment[]): Promise<Dynamic> {
  const segment = segments.find(({ type }) => type === segmentType.dynamic);
  if (segment === undefined) return noDynamic;
  const entries = parseDynamicEntries(header, await readRange(readAt, segment));
  const address = dynamicValue(entries, dynamicTag.strings);
  const offset = address === undefined ? undefined : fileOffsetOf(segments, address);
  const length = dynamicValue(entries, dynamicTag.stringsBytes) ?? 0;
  return offset === undefined ? noDynamic : { entries, strings: await readRange(readAt, { offset, length }) };
}

/** The strings of all entries with a tag, in their order, without empty ones. */
function textsOf({ entries, strings }: Dynamic, wanted: number): string[] {
  return entries
    .filter(({ tag }) => tag === wanted)
    .map(({ value }) => textAt(strings, value))
    .filter((text) => text !== "");
}

/**
 * The string at an offset of a table; "" where none begins there, or one that is too long. The last string of a table that is cut
 * short ends with it.
 */
function textAt(strings: Buffer, at: number): string {
  const rest = strings.subarray(at, at + longestName + 1);
  const text = elfString(rest) ?? rest;
  return text.length > longestName ? "" : text.toString("utf8");
}
