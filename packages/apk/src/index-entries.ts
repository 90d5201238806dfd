import { requireWithin, type Limits } from "@apkmill/core";
import { compareRecords, formatRecord, malformed } from "./index-text.ts";
import type { IndexRecord } from "./package-info.ts";

/**
 * An index as a list of records whose text is left alone: what changes one of thousands reads only the names of the others,
 * and writes their bytes as they were, fields that are not known here included.
 */
export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly checksum: string;
  /** Of the `.apk` file; "" where the record does not say. */
  readonly size: string;
  /** The lines, each byte a character, without the empty line behind them. */
  readonly text: string;
}

/**
 * The records of the text of an index, in its order.
 * @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED
 */
export function splitIndexText(bytes: Buffer, what: string, limits: Pick<Limits, "records">): IndexEntry[] {
  const text = bytes.toString("latin1");
  const entries: IndexEntry[] = [];
  for (let start = 0; start < text.length;) {
    if (text.charCodeAt(start) === newline) {
      start += 1;
      continue;
    }
    const gap = text.indexOf("\n\n", start);
    const end = gap === -1 ? text.length : gap + 1;
    entries.push(readEntry(text, start, end, what));
    requireWithin(`${what}: records`, entries.length, limits.records, "records");
    start = end;
  }
  return entries;
}

const newline = 10;

/** The text of an index with these records, in index order. */
export function joinIndexEntries(entries: readonly IndexEntry[]): Buffer {
  const text = [...entries].sort(compareRecords).map((entry) => `${entry.text}\n`);
  return Buffer.from(text.join(""), "latin1");
}

/** A record that is new. */
export function indexEntryOf(record: IndexRecord): IndexEntry {
  const { name, version, arch, checksum, sizeBytes } = record;
  const text = Buffer.from(formatRecord(record)).toString("latin1");
  return { name, version, arch, checksum, size: String(sizeBytes), text };
}

/** The entry under another architecture. */
export function rewriteArch(entry: IndexEntry, arch: string): IndexEntry {
  if (entry.arch === arch) return entry;
  const text = /^A:/m.test(entry.text)
    ? entry.text.replace(/^A:.*$/m, `A:${arch}`)
    : entry.text.replace(/^V:.*$/m, (line) => `${line}\nA:${arch}`);
  return { ...entry, arch, text };
}

/** Takes out what tells records apart. Of a letter that stands twice the second counts, as when all is read. */
function readEntry(text: string, start: number, end: number, what: string): IndexEntry {
  const found: Record<string, string> = { C: "", P: "", V: "", A: "", S: "" };
  for (let at = start; at < end;) {
    const next = text.indexOf("\n", at);
    const stop = next === -1 ? end : next;
    const letter = text[at] ?? "";
    if (text[at + 1] !== ":") throw malformed(text, at, what, "LETTER:VALUE");
    if (letter in found) found[letter] = text.slice(at + 2, stop);
    at = stop + 1;
  }
  const { C: checksum = "", P: name = "", V: version = "", A: arch = "", S: size = "" } = found;
  if (name === "" || version === "") throw malformed(text, start, what, "a record with a name and a version");
  const lines = text.slice(start, end);
  return { name, version, arch, checksum, size, text: lines.endsWith("\n") ? lines : `${lines}\n` };
}
