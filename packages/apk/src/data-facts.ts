import { parseDigest } from "@apkmill/core";
import type { TarEntryType } from "@apkmill/archive";
import type { DataFacts, PackageEntry } from "./stored-package.ts";

/**
 * Facts of a data section as JSON: one array for each entry, because a package may have a hundred thousand of them and a
 * warm build reads this and nothing else. What most entries do not have comes last and is left out.
 */
type Row = [
  path: string,
  type: string,
  mode: number,
  mtime: number,
  sizeBytes: number,
  sha1: string,
  sha256: string,
  uid: number,
  gid: number,
  uname: string,
  gname: string,
  linkPath?: string,
  device?: [major: number, minor: number] | null,
  xattrs?: (readonly [name: string, base64: string])[],
];

const letters: readonly [letter: string, type: TarEntryType][] = [
  ["f", "file"],
  ["h", "hardlink"],
  ["l", "symlink"],
  ["c", "character"],
  ["b", "block"],
  ["d", "directory"],
  ["p", "fifo"],
];
const letterOf = new Map(letters.map(([letter, type]) => [type, letter]));
const typeOf = new Map(letters);

/** The JSON value to remember. */
export function encodeDataFacts({ diffId, unpackedSizeBytes, entries, oddity }: DataFacts): unknown {
  const facts = { diffId, unpackedSizeBytes, entries: entries.map(encodeEntry) };
  return oddity === undefined ? facts : { ...facts, oddity };
}

/** The JSON of the same, of which the entries are JSON already: rows with commas between them. */
export function dataFactsJson({
  diffId,
  unpackedSizeBytes,
  rows,
  oddity,
}: Pick<DataFacts, "diffId" | "unpackedSizeBytes"> & {
  readonly rows: string;
  readonly oddity: string | undefined;
}): string {
  const end = oddity === undefined ? "}" : `,"oddity":${JSON.stringify(oddity)}}`;
  return `{"diffId":"${diffId}","unpackedSizeBytes":${String(unpackedSizeBytes)},"entries":[${rows}]${end}`;
}

/** The row of an entry. */
export function encodeEntry(entry: PackageEntry): Row {
  const row: Row = [
    entry.path,
    letterOf.get(entry.type) ?? "",
    entry.mode,
    entry.mtime,
    entry.sizeBytes,
    entry.sha1,
    entry.sha256,
    entry.uid,
    entry.gid,
    entry.uname,
    entry.gname,
  ];
  if (entry.linkPath !== "" || entry.device !== undefined || entry.xattrs.size > 0) row.push(entry.linkPath);
  if (entry.device !== undefined) row.push([entry.device.major, entry.device.minor]);
  else if (entry.xattrs.size > 0) row.push(null);
  if (entry.xattrs.size > 0) {
    row.push(Array.from(entry.xattrs, ([name, value]) => [name, Buffer.from(value).toString("base64")] as const));
  }
  return row;
}

/** The entries of rows with commas between them, as {@link encodeEntry} gives them. */
export function decodeRows(rows: string): PackageEntry[] {
  return (JSON.parse(`[${rows}]`) as Row[]).map(decodeEntry);
}

/** {@link decodeDataFacts} of what must be facts. @throws TypeError otherwise */
export function requireDataFacts(value: unknown): DataFacts {
  const facts = decodeDataFacts(value);
  if (facts === undefined) throw new TypeError("the facts of a data section do not read as such");
  return facts;
}

/** The facts in a remembered value, or undefined where it is not what {@link encodeDataFacts} gives. */
export function decodeDataFacts(value: unknown): DataFacts | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("diffId" in value && "unpackedSizeBytes" in value && "entries" in value)) return undefined;
  const { diffId, unpackedSizeBytes, entries } = value;
  if (typeof diffId !== "string" || typeof unpackedSizeBytes !== "number" || !Array.isArray(entries)) return undefined;
  if (!entries.every(isRow)) return undefined;
  const facts = { diffId: parseDigest(diffId), unpackedSizeBytes, entries: entries.map(decodeEntry) };
  return "oddity" in value && typeof value.oddity === "string" ? { ...facts, oddity: value.oddity } : facts;
}

/** The store keeps a digest with every fact, so this only tells apart what another version of the engine wrote. */
function isRow(value: unknown): value is Row {
  return Array.isArray(value) && value.length >= 11 && typeof value[0] === "string" && typeOf.has(String(value[1]));
}

const noXattrs: ReadonlyMap<string, Uint8Array> = new Map();
const noPax: ReadonlyMap<string, string> = new Map();

function decodeEntry(row: Row): PackageEntry {
  const [path, letter, mode, mtime, sizeBytes, sha1, sha256, uid, gid, uname, gname, linkPath = "", device, xattrs] =
    row;
  return {
    path,
    type: typeOf.get(letter) ?? "file",
    mode,
    uid,
    gid,
    uname,
    gname,
    sizeBytes,
    mtime,
    linkPath,
    ...(device == null ? undefined : { device: { major: device[0], minor: device[1] } }),
    xattrs: xattrs === undefined ? noXattrs : decodeXattrs(xattrs),
    pax: noPax,
    sha1,
    sha256,
  };
}

function decodeXattrs(xattrs: NonNullable<Row[13]>): ReadonlyMap<string, Uint8Array> {
  return new Map(xattrs.map(([name, base64]) => [name, Uint8Array.from(Buffer.from(base64, "base64"))]));
}
