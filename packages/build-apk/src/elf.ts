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

/** Bytes at a position of the file; fewer where it ends. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

const longestTable = 16 << 20;
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

/** True when a file begins as ELF files do. */
export function isElf(head: Uint8Array): boolean {
  return head.length >= 20 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** Reads the facts; undefined where it is not a well-formed ELF file. */
export async function readElf(readAt: ReadAt): Promise<ElfFacts | undefined> {
  const header = parseHeader(await readAt(0, 64));
  if (header === undefined) return undefined;
  const segments = parseSegments(header, await table(readAt, header.segments));
  const sections = parseSections(header, await table(readAt, header.sections));
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

interface Table {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

interface Header {
  readonly wide: boolean;
  readonly little: boolean;
  readonly type: number;
  readonly machine: number;
  readonly segments: Table;
  readonly sections: Table;
  readonly namesSection: number;
}

function parseHeader(bytes: Buffer): Header | undefined {
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
async function table(readAt: ReadAt, { offset, entrySize, count }: Table): Promise<Buffer | undefined> {
  const length = entrySize * count;
  if (length === 0) return Buffer.alloc(0);
  if (length > longestTable || !Number.isSafeInteger(offset + length)) return undefined;
  const bytes = await readAt(offset, length);
  return bytes.length === length ? bytes : undefined;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function parseSegments(header: Header, bytes: Buffer | undefined): Segment[] | undefined {
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

interface Section {
  readonly name: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

function parseSections(header: Header, bytes: Buffer | undefined): Section[] | undefined {
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

function parseDynamic({ wide, little }: Header, bytes: Buffer): { tag: number; value: number }[] {
  const field = fields(bytes, wide, little);
  const size = wide ? 16 : 8;
  const entries = Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => ({
    tag: field.word(index * size),
    value: field.word(index * size + size / 2),
  }));
  const end = entries.findIndex(({ tag }) => tag === 0);
  return end === -1 ? entries : entries.slice(0, end);
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
