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

/** Offset and length of the fields (POSIX.1-1988 ustar). */
const at = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 6],
  uname: [265, 32],
  gname: [297, 32],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
} as const;

type Field = readonly [offset: number, length: number];

/**
 * The header in `block`, or undefined for a block of zeros (the end of the archive).
 * @throws ArchiveError ARCHIVE_TAR_CHECKSUM, ARCHIVE_TAR_FORMAT, ARCHIVE_TAR_AMBIGUOUS
 */
export function decodeHeader(block: Buffer, dialect: TarDialect, what: string): RawHeader | undefined {
  if (isZero(block)) return undefined;
  requireChecksum(block, what);
  const magic = block.toString("latin1", 257, 263);
  const posix = magic === "ustar\0";
  if (dialect === "apk" && !posix && magic !== "ustar ") {
    throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: tar header without the ustar magic`);
  }
  const number = (field: Field): number => decodeNumber(block, field, dialect, what);
  const extended = posix || magic === "ustar ";
  return {
    path: joinPrefix(block, posix, dialect, what),
    typeFlag: block.toString("latin1", at.type[0], at.type[0] + 1),
    mode: number(at.mode) & 0o7777,
    uid: number(at.uid),
    gid: number(at.gid),
    uname: extended ? decodeText(block, at.uname, what) : "",
    gname: extended ? decodeText(block, at.gname, what) : "",
    sizeBytes: number(at.size),
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
  for (let offset = 0; offset < 148; offset += 1) sum += block[offset] ?? 0;
  for (let offset = 156; offset < blockBytes; offset += 1) sum += block[offset] ?? 0;
  return sum;
}

function requireChecksum(block: Buffer, what: string): void {
  const stated = parseOctal(block.toString("latin1", 148, 156));
  const actual = headerChecksum(block);
  if (stated === actual) return;
  throw new ArchiveError(
    "ARCHIVE_TAR_CHECKSUM",
    `${what}: tar header with a wrong checksum: expected ${String(actual)}, found ${String(stated)}`,
    { hint: "fetch the file again; it is damaged or no tar archive" },
  );
}

/** GNU headers keep times where ustar keeps the prefix; readers differ there, so `apk` wants that space empty. */
function joinPrefix(block: Buffer, posix: boolean, dialect: TarDialect, what: string): string {
  const name = decodeText(block, at.name, what);
  if (block[at.prefix[0]] === 0) return name;
  if (posix) return `${decodeText(block, at.prefix, what)}/${name}`;
  if (dialect === "apk") {
    throw new ArchiveError("ARCHIVE_TAR_AMBIGUOUS", `${what}: GNU tar header of ${name} with data in the prefix field`);
  }
  return name;
}

function decodeText(block: Buffer, [offset, length]: Field, what: string): string {
  const end = block.indexOf(0, offset);
  return decodeUtf8(block.subarray(offset, end === -1 || end > offset + length ? offset + length : end), what);
}

/** Bytes → text, refusing what is not UTF-8: two different names must never become one. */
export function decodeUtf8(bytes: Buffer, what: string): string {
  const text = bytes.toString("utf8", 0, bytes.length);
  if (text.includes("\ufffd") && Buffer.compare(Buffer.from(text), bytes) !== 0) {
    throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: a name in the tar is not UTF-8`);
  }
  return text;
}

function decodeNumber(block: Buffer, [offset, length]: Field, dialect: TarDialect, what: string): number {
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) {
    if (dialect === "apk") {
      throw new ArchiveError(
        "ARCHIVE_TAR_AMBIGUOUS",
        `${what}: tar header with a base-256 number, which apk cannot read`,
      );
    }
    return decodeBase256(block.subarray(offset, offset + length), what);
  }
  const value = parseOctal(block.toString("latin1", offset, offset + length));
  if (value === undefined) {
    throw new ArchiveError(
      "ARCHIVE_TAR_FORMAT",
      `${what}: tar header with a malformed number at byte ${String(offset)}`,
    );
  }
  return value;
}

/** Octal digits with leading spaces, ended by a NUL, a space or the field. An empty field is 0. */
function parseOctal(text: string): number | undefined {
  const match = /^ *([0-7]*)(?:[\0 ]|$)/.exec(text);
  return match === null ? undefined : Number.parseInt(match[1] === "" ? "0" : (match[1] ?? "0"), 8);
}

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
