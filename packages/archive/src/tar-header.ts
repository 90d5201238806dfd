import { ArchiveError } from "./archive-error.ts";

/**
 * One 512-byte tar header: POSIX ustar, GNU, or the older format without a magic.
 * Fields are read as they stand; PAX and GNU extensions are applied by the scanner.
 */
export interface RawHeader {
  /** With the ustar prefix joined on, trailing slashes kept. */
  readonly path: string;
  readonly typeFlag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  readonly sizeBytes: number;
  readonly mtime: number;
  readonly linkPath: string;
  readonly major: number;
  readonly minor: number;
}

/**
 * Which readers a tar must mean the same to.
 * - `any`: source archives, docker tars; what GNU tar reads, we read.
 * - `apk`: a section of a package. apk-tools reads only part of what container runtimes read (no base-256 numbers, no
 *   PAX size or owners, no GNU long link targets), so a section in which the two disagree is refused as ambiguous:
 *   it would install as one thing and run as another.
 */
export type TarDialect = "any" | "apk";

export const blockBytes = 512;

/** Where the fields begin and end (POSIX.1-1988 ustar). */
const at = {
  name: { start: 0, end: 100 },
  mode: { start: 100, end: 108 },
  uid: { start: 108, end: 116 },
  gid: { start: 116, end: 124 },
  size: { start: 124, end: 136 },
  mtime: { start: 136, end: 148 },
  checksum: { start: 148, end: 156 },
  type: { start: 156, end: 157 },
  linkName: { start: 157, end: 257 },
  magic: { start: 257, end: 263 },
  uname: { start: 265, end: 297 },
  gname: { start: 297, end: 329 },
  major: { start: 329, end: 337 },
  minor: { start: 337, end: 345 },
  prefix: { start: 345, end: 500 },
} as const;

interface Field {
  readonly start: number;
  readonly end: number;
}

/**
 * The header in `block`, or undefined for a block of zeros (the end of the archive).
 * @throws ArchiveError ARCHIVE_TAR_CHECKSUM, ARCHIVE_TAR_FORMAT, ARCHIVE_TAR_AMBIGUOUS
 */
export function decodeHeader(block: Buffer, dialect: TarDialect, what: string): RawHeader | undefined {
  if (block[0] === 0 && isZero(block)) return undefined;
  requireChecksum(block, what);
  const magic = block.toString("latin1", at.magic.start, at.magic.end);
  const posix = magic === "ustar\0";
  if (dialect === "apk" && !posix && magic !== "ustar ") {
    throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: tar header without the ustar magic`);
  }
  const number = (field: Field): number => decodeNumber(block, field, dialect, what);
  const extended = posix || magic === "ustar ";
  return {
    path: joinPrefix(block, posix, dialect, what),
    typeFlag: block.toString("latin1", at.type.start, at.type.end),
    mode: number(at.mode) & 0o7777,
    uid: number(at.uid),
    gid: number(at.gid),
    uname: extended ? decodeText(block, at.uname, what) : "",
    gname: extended ? decodeText(block, at.gname, what) : "",
    sizeBytes: requireSize(number(at.size), what),
    mtime: number(at.mtime),
    linkPath: decodeText(block, at.linkName, what),
    major: extended ? number(at.major) : 0,
    minor: extended ? number(at.minor) : 0,
  };
}

const zeroBlock = Buffer.alloc(blockBytes);

/** True when `bytes` (any length) holds nothing but zeros. */
export function isZero(bytes: Buffer): boolean {
  for (let offset = 0; offset < bytes.length; offset += blockBytes) {
    const end = Math.min(offset + blockBytes, bytes.length);
    if (zeroBlock.compare(bytes, offset, end, 0, end - offset) !== 0) return false;
  }
  return true;
}

/** The sum of all bytes with the checksum field read as spaces. */
export function headerChecksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let offset = 0; offset < at.checksum.start; offset += 1) sum += block[offset] ?? 0;
  for (let offset: number = at.checksum.end; offset < blockBytes; offset += 1) sum += block[offset] ?? 0;
  return sum;
}

function requireChecksum(block: Buffer, what: string): void {
  const stated = parseOctal(block, at.checksum);
  const actual = headerChecksum(block);
  if (stated === actual) return;
  const isTar = block.toString("latin1", at.magic.start, at.magic.start + 5) === "ustar";
  throw new ArchiveError(
    "ARCHIVE_TAR_CHECKSUM",
    isTar
      ? `${what}: tar header with a wrong checksum: expected ${String(actual)}, found ${String(stated ?? "none")}`
      : `${what}: no tar archive, or a damaged one: expected a tar header, found other bytes`,
    { hint: isTar ? "fetch the file again; it is damaged" : "name a tar archive, or fetch this one again" },
  );
}

/** GNU headers keep times where ustar keeps the prefix; readers differ there, so `apk` wants that space empty. */
function joinPrefix(block: Buffer, posix: boolean, dialect: TarDialect, what: string): string {
  const name = decodeText(block, at.name, what);
  if (block[at.prefix.start] === 0) return name;
  if (posix) return `${decodeText(block, at.prefix, what)}/${name}`;
  if (dialect === "apk") {
    throw new ArchiveError("ARCHIVE_TAR_AMBIGUOUS", `${what}: GNU tar header of ${name} with data in the prefix field`);
  }
  return name;
}

function decodeText(block: Buffer, { start, end }: Field, what: string): string {
  if (block[start] === 0) return "";
  const zero = block.indexOf(0, start);
  return decodeUtf8(block.subarray(start, zero === -1 || zero > end ? end : zero), what);
}

/** Bytes → text, refusing what is not UTF-8: two different names must never become one. */
export function decodeUtf8(bytes: Buffer, what: string): string {
  const text = bytes.toString("utf8", 0, bytes.length);
  if (text.includes("\ufffd") && Buffer.compare(Buffer.from(text), bytes) !== 0) {
    throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: a name in the tar is not UTF-8`);
  }
  return text;
}

function decodeNumber(block: Buffer, field: Field, dialect: TarDialect, what: string): number {
  const first = block[field.start] ?? 0;
  if ((first & 0x80) !== 0) {
    if (dialect === "apk") {
      throw new ArchiveError(
        "ARCHIVE_TAR_AMBIGUOUS",
        `${what}: tar header with a base-256 number, which apk cannot read`,
      );
    }
    return decodeBase256(block.subarray(field.start, field.end), what);
  }
  const value = parseOctal(block, field);
  if (value === undefined) {
    throw new ArchiveError(
      "ARCHIVE_TAR_FORMAT",
      `${what}: tar header with a malformed number at byte ${String(field.start)}`,
    );
  }
  return value;
}

/** Base-256 can say less than nothing, which would move a reader backwards. */
function requireSize(sizeBytes: number, what: string): number {
  if (sizeBytes >= 0) return sizeBytes;
  throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: tar header with a size below zero`);
}

/** Octal digits with leading spaces, ended by a NUL, a space or the field. An empty field is 0. */
function parseOctal(block: Buffer, { start, end }: Field): number | undefined {
  let offset = start;
  while (offset < end && block[offset] === space) offset += 1;
  let value = 0;
  for (; offset < end; offset += 1) {
    const digit = (block[offset] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  return offset === end || block[offset] === 0 || block[offset] === space ? value : undefined;
}

const space = 0x20;

/** GNU's extension for large numbers: big-endian two's complement, the top bit of the first byte set as a marker. */
function decodeBase256(field: Buffer, what: string): number {
  let value = BigInt((field[0] ?? 0) & 0x7f);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  if (((field[0] ?? 0) & 0x40) !== 0) value -= 1n << BigInt(field.length * 8 - 1);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < -BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: tar header with a number that no file can have`);
  }
  return Number(value);
}
