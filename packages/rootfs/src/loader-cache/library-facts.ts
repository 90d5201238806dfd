import { machines, type Machine } from "./machines.ts";

/**
 * What does the loader have to know about a shared library?
 *
 * Contract: the facts of a file that glibc's ldconfig takes for a shared library; undefined for everything else, whatever it
 * claims to be. Never throws on content. A file is not needed whole: `readLibrary` says which bytes it wants next, so that a
 * stream can go by. It wants four ranges at most, each bounded: file header, program headers, dynamic section, name.
 * Source: System V ABI, chapters 4 and 5; section headers are not looked at, as the loader does not either.
 */
export interface LibraryFacts {
  /** Its own name for itself, `libNAME.so.N`; "" when it has none. */
  readonly soname: string;
  /** What the cache calls its machine and calling convention. */
  readonly flags: number;
  readonly machine: Machine["name"];
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Either all is known, or the next range is wanted. */
export type LibraryReading = { readonly facts: LibraryFacts | undefined } | { readonly wanted: ByteRange };

/** Real ones have a dozen segments, and a hundred entries of 16 bytes; what is wanted is kept in memory. */
const mostSegments = 64;
const mostDynamicBytes = 16 * 1024;
/** A name is that of a file. */
const longestName = 255;

const headerBytes = 64;
const sharedObject = 3;
const segment = { load: 1, dynamic: 2 } as const;
const tag = { end: 0, stringTable: 5, soname: 14 } as const;

const noLibrary: LibraryReading = { facts: undefined };

/** Goes as far as the bytes that `read` has; `read` gives a range whole, or undefined when it does not have it yet. */
export function readLibrary(read: (range: ByteRange) => Buffer | undefined, sizeBytes: number): LibraryReading {
  const within = ({ offset, length }: ByteRange): boolean => offset >= 0 && offset + length <= sizeBytes;
  const headerRange = { offset: 0, length: headerBytes };
  if (!within(headerRange)) return noLibrary;
  const headerPart = read(headerRange);
  if (headerPart === undefined) return { wanted: headerRange };
  const header = parseHeader(headerPart);
  if (header === undefined || !within(header.segments)) return noLibrary;

  const segmentPart = read(header.segments);
  if (segmentPart === undefined) return { wanted: header.segments };
  const segments = parseSegments(header, segmentPart);
  const dynamicRange = segments.find(({ type }) => type === segment.dynamic)?.range;
  if (dynamicRange === undefined || dynamicRange.length > mostDynamicBytes || !within(dynamicRange)) return noLibrary;

  const dynamicPart = read(dynamicRange);
  if (dynamicPart === undefined) return { wanted: dynamicRange };
  const known = { flags: header.flags, machine: header.machine.name };
  const place = placeOfName(header, segments, dynamicPart);
  if (place === "none") return { facts: { ...known, soname: "" } };
  if (place === undefined || place >= sizeBytes) return noLibrary;

  const nameRange = { offset: place, length: Math.min(longestName + 1, sizeBytes - place) };
  const namePart = read(nameRange);
  if (namePart === undefined) return { wanted: nameRange };
  const soname = parseName(namePart);
  return soname === undefined ? noLibrary : { facts: { ...known, soname } };
}

interface Header {
  readonly machine: Machine;
  readonly flags: number;
  readonly wide: boolean;
  readonly little: boolean;
  readonly segments: ByteRange;
  readonly segmentBytes: number;
}

function parseHeader(bytes: Buffer): Header | undefined {
  const wide = bytes[4] === 2;
  const little = bytes[5] === 1;
  const hasMagic = bytes.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"));
  if (!hasMagic || (!wide && bytes[4] !== 1) || (!little && bytes[5] !== 2)) return undefined;
  const field = fields(bytes, wide, little);
  if (field.half(16) !== sharedObject) return undefined;
  const machine = machines.find(({ elf }) => elf === field.half(18));
  const flags = machine?.flagsOf({ wide, little, elfFlags: field.int(wide ? 48 : 36) });
  const count = field.half(wide ? 56 : 44);
  const segmentBytes = field.half(wide ? 54 : 42);
  if (machine === undefined || flags === undefined || count === 0 || count > mostSegments) return undefined;
  if (segmentBytes !== (wide ? 56 : 32)) return undefined;
  const segments = { offset: field.word(wide ? 32 : 28), length: count * segmentBytes };
  return { machine, flags, wide, little, segments, segmentBytes };
}

interface Segment {
  readonly type: number;
  readonly address: number;
  readonly range: ByteRange;
}

function parseSegments({ wide, little, segmentBytes }: Header, bytes: Buffer): Segment[] {
  const field = fields(bytes, wide, little);
  return Array.from({ length: bytes.length / segmentBytes }, (_, index) => {
    const at = index * segmentBytes;
    const [offset, address, length] = wide ? [8, 16, 32] : [4, 8, 16];
    return {
      type: field.int(at),
      address: field.word(at + address),
      range: { offset: field.word(at + offset), length: field.word(at + length) },
    };
  });
}

/** Where in the file the name begins; "none" for a library without one, undefined for a dynamic section that leads nowhere. */
function placeOfName(
  { wide, little }: Header,
  segments: readonly Segment[],
  bytes: Buffer,
): number | "none" | undefined {
  const found = parseDynamic(fields(bytes, wide, little), bytes.length, wide);
  const strings = found.get(tag.stringTable);
  const name = found.get(tag.soname);
  if (strings === undefined) return undefined;
  if (name === undefined) return "none";
  const address = strings + name;
  const holder = segments.find(
    ({ type, address: from, range }) => type === segment.load && from <= address && address < from + range.length,
  );
  return holder === undefined ? undefined : address - holder.address + holder.range.offset;
}

/** The first value of each tag, up to the end mark. */
function parseDynamic(field: Fields, length: number, wide: boolean): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const size = wide ? 16 : 8;
  for (let at = 0; at + size <= length; at += size) {
    const key = field.word(at);
    if (key === tag.end) break;
    if (!found.has(key)) found.set(key, field.word(at + size / 2));
  }
  return found;
}

/** A name that may stand in a path of the cache: one that ends, is not empty, and leads nowhere else. */
function parseName(bytes: Buffer): string | undefined {
  const end = bytes.indexOf(0);
  const name = end < 0 ? "" : bytes.toString("latin1", 0, end);
  return /^[\x21-\x2e\x30-\x7e]+$/.test(name) ? name : undefined;
}

type Fields = ReturnType<typeof fields>;

/** Numbers as wide and in the order that the header says. A word is an address, offset or size. */
function fields(bytes: Buffer, wide: boolean, little: boolean) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    half: (at: number): number => view.getUint16(at, little),
    int: (at: number): number => view.getUint32(at, little),
    word: (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)),
  };
}
