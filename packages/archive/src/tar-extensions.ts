import type { Limits } from "@apkmill/core";
import { requireWithin } from "@apkmill/core";
import { ArchiveError } from "./archive-error.ts";
import { parsePaxRecords } from "./pax.ts";
import { decodeUtf8, type RawHeader, type TarDialect } from "./tar-header.ts";
import type { TarEntry, TarEntryType } from "./tar-entry.ts";

/**
 * What stood before a header and belongs to it: PAX `x` records and GNU long names.
 * `entryOf` joins both into one entry; PAX wins over GNU, GNU over the header.
 */
export interface Extensions {
  pax?: ReadonlyMap<string, Buffer>;
  longPath?: string;
  longLink?: string;
}

const types: Readonly<Record<string, TarEntryType>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character",
  "4": "block",
  "5": "directory",
  "6": "fifo",
};

const xattrPrefix = "SCHILY.xattr.";
const folded = new Set(["path", "linkpath", "size", "uid", "gid", "uname", "gname", "mtime"]);
const noXattrs: ReadonlyMap<string, Uint8Array> = new Map();
const noPax: ReadonlyMap<string, string> = new Map();

/** The name that a GNU `L` or `K` header carries as content: it ends at the first NUL. */
export function decodeLongName(content: Buffer, what: string): string {
  const end = content.indexOf(0);
  return decodeUtf8(end === -1 ? content : content.subarray(0, end), what);
}

/** The records of an `x` header. @throws ArchiveError ARCHIVE_TAR_FORMAT */
export function decodePax(content: Buffer, what: string): ReadonlyMap<string, Buffer> {
  return parsePaxRecords(Buffer.from(content), what);
}

/** The entry that a header means after the extensions before it. @throws ArchiveError ARCHIVE_TAR_… */
export function entryOf(
  header: RawHeader,
  { pax, longPath, longLink }: Extensions,
  { dialect, what, limits }: { readonly dialect: TarDialect; readonly what: string; readonly limits: Limits },
): TarEntry {
  const fields = new PaxFields(pax, header.path, what);
  const path = fields.text("path", longPath ?? header.path);
  const type = typeOf(header, path, what);
  const stated = fields.number("size", header.sizeBytes);
  const entry: TarEntry = {
    path: stripSlashes(path),
    type,
    mode: header.mode,
    uid: fields.number("uid", header.uid),
    gid: fields.number("gid", header.gid),
    uname: fields.text("uname", header.uname),
    gname: fields.text("gname", header.gname),
    sizeBytes: type === "file" ? stated : 0,
    mtime: Math.floor(fields.number("mtime", header.mtime)),
    linkPath: type === "hardlink" || type === "symlink" ? fields.text("linkpath", longLink ?? header.linkPath) : "",
    ...(type === "character" || type === "block" ? { device: { major: header.major, minor: header.minor } } : {}),
    xattrs: fields.xattrs(),
    pax: fields.others(),
  };
  requireSane(entry, what, limits);
  if (dialect === "apk") requireUnambiguous(header, entry, stated, what);
  return entry;
}

/** The old format marks a directory only by its trailing slash. */
function typeOf(header: RawHeader, path: string, what: string): TarEntryType {
  const type = types[header.typeFlag];
  if (type === undefined) {
    throw new ArchiveError(
      "ARCHIVE_TAR_UNSUPPORTED",
      `${what}: tar entry ${path} of type ${JSON.stringify(header.typeFlag)}, which is not supported`,
    );
  }
  return header.typeFlag === "\0" && path.endsWith("/") ? "directory" : type;
}

function stripSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path.charCodeAt(end - 1) === 0x2f) end -= 1;
  return end === path.length ? path : path.slice(0, end);
}

function requireSane(entry: TarEntry, what: string, limits: Limits): void {
  if (entry.path === "" || entry.path.includes("\0") || entry.linkPath.includes("\0")) {
    throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: tar entry with an empty name or a NUL in its name`);
  }
  if (entry.linkPath === "" && (entry.type === "hardlink" || entry.type === "symlink")) {
    throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: link ${entry.path} without a target`);
  }
  requireShort(`${what}: length of a path`, entry.path, limits);
  requireShort(`${what}: length of a link target`, entry.linkPath, limits);
}

/** A UTF-16 unit becomes at most three bytes, so that most names need no counting. */
function requireShort(what: string, text: string, { pathBytes }: Limits): void {
  if (text.length * 3 > pathBytes) requireWithin(what, Buffer.byteLength(text), pathBytes, "pathBytes");
}

/** apk-tools takes these fields from the header alone, container runtimes from PAX: both must say the same. */
function requireUnambiguous(header: RawHeader, entry: TarEntry, statedSize: number, what: string): void {
  const differing =
    header.sizeBytes !== statedSize || (entry.type !== "file" && statedSize !== 0)
      ? "size"
      : header.uid !== entry.uid || header.gid !== entry.gid
        ? "owner"
        : header.uname !== entry.uname || header.gname !== entry.gname
          ? "owner name"
          : header.mtime !== entry.mtime
            ? "modification time"
            : entry.type === "file" && header.path.endsWith("/")
              ? "type"
              : undefined;
  if (differing === undefined) return;
  throw new ArchiveError(
    "ARCHIVE_TAR_AMBIGUOUS",
    `${what}: tar entry ${entry.path} states its ${differing} in a way that apk and container runtimes read differently`,
  );
}

class PaxFields {
  readonly #records: ReadonlyMap<string, Buffer> | undefined;
  readonly #path: string;
  readonly #what: string;

  constructor(records: ReadonlyMap<string, Buffer> | undefined, path: string, what: string) {
    this.#records = records;
    this.#path = path;
    this.#what = what;
    for (const key of records?.keys() ?? []) {
      if (!key.startsWith("GNU.sparse.")) continue;
      throw new ArchiveError("ARCHIVE_TAR_UNSUPPORTED", `${what}: sparse file ${path}, which is not supported`);
    }
  }

  text(key: string, otherwise: string): string {
    const value = this.#records?.get(key);
    return value === undefined ? otherwise : decodeUtf8(value, this.#what);
  }

  number(key: string, otherwise: number): number {
    const value = this.#records?.get(key)?.toString("latin1");
    if (value === undefined) return otherwise;
    const number = /^-?[0-9]{1,16}(\.[0-9]*)?$/.test(value) ? Number(value) : NaN;
    if (!Number.isSafeInteger(Math.floor(number)) || (key === "size" && number < 0)) {
      throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${this.#what}: malformed PAX ${key} of ${this.#path}`);
    }
    return key === "mtime" ? number : Math.floor(number);
  }

  xattrs(): ReadonlyMap<string, Uint8Array> {
    if (this.#records === undefined) return noXattrs;
    const found = this.#pairs((key) => key.startsWith(xattrPrefix));
    if (found.length === 0) return noXattrs;
    return new Map(found.map(([key, value]) => [key.slice(xattrPrefix.length), Uint8Array.from(value)]));
  }

  others(): ReadonlyMap<string, string> {
    if (this.#records === undefined) return noPax;
    const found = this.#pairs((key) => !folded.has(key) && !key.startsWith(xattrPrefix));
    if (found.length === 0) return noPax;
    return new Map(found.map(([key, value]) => [key, value.toString("utf8")]));
  }

  #pairs(wanted: (key: string) => boolean): [string, Buffer][] {
    return [...(this.#records ?? [])].filter(([key]) => wanted(key));
  }
}
