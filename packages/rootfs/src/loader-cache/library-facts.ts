import {
  dynamicTag,
  dynamicValue,
  elfHeaderBytes,
  elfString,
  fileOffsetOf,
  parseDynamicEntries,
  parseElfHeader,
  parseElfSegments,
  segmentHeaderBytes,
  segmentType,
  type ByteRange,
  type DynamicEntry,
  type ElfHeader,
  type ElfSegment,
} from "@apkmill/archive";
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

/** Either all is known, or the next range is wanted. */
export type LibraryReading = { readonly facts: LibraryFacts | undefined } | { readonly wanted: ByteRange };

/** Real ones have a dozen segments, and a hundred entries of 16 bytes; what is wanted is kept in memory. */
const mostSegments = 64;
const mostDynamicBytes = 16 * 1024;
/** A name is that of a file. */
const longestName = 255;

/** `e_type`; programs that may be loaded anywhere have it too. */
const sharedObject = 3;

const noLibrary: LibraryReading = { facts: undefined };

/** Goes as far as the bytes that `read` has; `read` gives a range whole, or undefined when it does not have it yet. */
export function readLibrary(read: (range: ByteRange) => Buffer | undefined, sizeBytes: number): LibraryReading {
  const within = ({ offset, length }: ByteRange): boolean => offset >= 0 && offset + length <= sizeBytes;
  const headerRange = { offset: 0, length: elfHeaderBytes };
  if (!within(headerRange)) return noLibrary;
  const headerPart = read(headerRange);
  if (headerPart === undefined) return { wanted: headerRange };
  const header = parseElfHeader(headerPart);
  const kind = header && kindOf(header);
  if (header === undefined || kind === undefined || !within(header.segments)) return noLibrary;

  const segmentPart = read(header.segments);
  if (segmentPart === undefined) return { wanted: header.segments };
  const segments = parseElfSegments(header, segmentPart) ?? [];
  const dynamic = segments.find(({ type }) => type === segmentType.dynamic);
  if (dynamic === undefined || dynamic.length > mostDynamicBytes || !within(dynamic)) return noLibrary;

  const dynamicPart = read(dynamic);
  if (dynamicPart === undefined) return { wanted: dynamic };
  const place = placeOfName(segments, parseDynamicEntries(header, dynamicPart));
  if (place === "none") return { facts: { ...kind, soname: "" } };
  if (place === undefined || place >= sizeBytes) return noLibrary;

  const nameRange = { offset: place, length: Math.min(longestName + 1, sizeBytes - place) };
  const namePart = read(nameRange);
  if (namePart === undefined) return { wanted: nameRange };
  const soname = parseName(namePart);
  return soname === undefined ? noLibrary : { facts: { ...kind, soname } };
}

/** What the cache says of a file with this header; undefined for one that the loader does not take for a library. */
function kindOf(header: ElfHeader): Omit<LibraryFacts, "soname"> | undefined {
  const { count, entryBytes } = header.segments;
  if (header.type !== sharedObject || count === 0 || count > mostSegments) return undefined;
  if (entryBytes !== segmentHeaderBytes(header)) return undefined;
  const machine = machines.find(({ elf }) => elf === header.machine);
  const flags = machine?.flagsOf(header);
  return machine === undefined || flags === undefined ? undefined : { flags, machine: machine.name };
}

/** Where in the file the name begins; "none" for a library without one, undefined for a dynamic section that leads nowhere. */
function placeOfName(segments: readonly ElfSegment[], entries: readonly DynamicEntry[]): number | "none" | undefined {
  const strings = dynamicValue(entries, dynamicTag.strings);
  const name = dynamicValue(entries, dynamicTag.soname);
  if (strings === undefined) return undefined;
  return name === undefined ? "none" : fileOffsetOf(segments, strings + name);
}

/** A name that may stand in a path of the cache: one that ends, is not empty, and leads nowhere else. */
function parseName(bytes: Buffer): string | undefined {
  const name = elfString(bytes)?.toString("latin1") ?? "";
  return /^[\x21-\x2e\x30-\x7e]+$/.test(name) ? name : undefined;
}
