import { posix } from "node:path";
import { encodePaxRecords } from "./pax.ts";
import type { TarEntry, TarEntryType } from "./tar-entry.ts";
import { blockBytes, headerChecksum } from "./tar-header.ts";

/**
 * Tar headers as melange and apko write them (Go's archive/tar): ustar where it can say everything, otherwise a PAX `x`
 * header first. That header is named `<dir>/PaxHeaders.0/<base>` and its other fields are zero, its records sorted, so
 * the same entry always gives the same bytes.
 */

const typeFlags: Readonly<Record<TarEntryType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  character: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

/** Two blocks of zeros: the end of an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes);

/** The zeros that follow `sizeBytes` of content. */
export function tarPadding(sizeBytes: number): Buffer {
  return tarEnd.subarray(0, (blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

/**
 * The header blocks of one entry; its content and {@link tarPadding} follow. Directories are written as `entry.path`
 * stands, without a trailing slash. A symbolic link's or directory's `sizeBytes` is not written.
 */
export function encodeTarHeader(entry: TarEntry): Buffer {
  const records = paxRecords(entry);
  const header = encodeUstar({ ...entry, typeFlag: typeFlags[entry.type], device: entry.device ?? zeroDevice });
  if (records.size === 0) return header;
  const content = encodePaxRecords(records);
  return Buffer.concat([encodePaxHeader(entry.path, content.length), content, tarPadding(content.length), header]);
}

const zeroDevice = { major: 0, minor: 0 };
const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;

/** What ustar cannot say of this entry, what PAX alone can, and what the caller adds. */
function paxRecords(entry: TarEntry): Map<string, Uint8Array | string> {
  const records = new Map<string, Uint8Array | string>(entry.pax);
  for (const [name, value] of entry.xattrs) records.set(`SCHILY.xattr.${name}`, value);
  if (splitPath(entry.path) === undefined) records.set("path", entry.path);
  if (!fitsText(entry.linkPath, 100)) records.set("linkpath", entry.linkPath);
  if (!fitsText(entry.uname, 32)) records.set("uname", entry.uname);
  if (!fitsText(entry.gname, 32)) records.set("gname", entry.gname);
  if (contentSize(entry) > maxOctal11) records.set("size", String(contentSize(entry)));
  if (!fitsNumber(entry.uid, maxOctal7)) records.set("uid", String(entry.uid));
  if (!fitsNumber(entry.gid, maxOctal7)) records.set("gid", String(entry.gid));
  if (!fitsNumber(entry.mtime, maxOctal11)) records.set("mtime", String(entry.mtime));
  return records;
}

const contentSize = (entry: Pick<TarEntry, "sizeBytes" | "type">): number =>
  entry.type === "file" ? entry.sizeBytes : 0;

function fitsNumber(value: number, max: number): boolean {
  return value >= 0 && value <= max;
}

function fitsText(text: string, maxBytes: number): boolean {
  return text.length <= maxBytes && isAscii(text);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** ustar's two path fields, cut at the last slash that lets both fit; undefined when no cut does. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } | undefined {
  if (!isAscii(path)) return undefined;
  if (path.length <= 100) return { prefix: "", name: path };
  const cut = path.lastIndexOf("/", Math.min(path.length - 2, 155));
  if (cut <= 0 || path.length - cut - 1 > 100) return undefined;
  return { prefix: path.slice(0, cut), name: path.slice(cut + 1) };
}

/** What stands in the name field where only a PAX record can say the path. A slash at its end would make the entry a directory. */
function shortened(path: string): string {
  return asciiOnly(path).slice(0, 100).replace(/\/+$/, "");
}

function encodePaxHeader(path: string, sizeBytes: number): Buffer {
  const name = posix.join(posix.dirname(path), "PaxHeaders.0", posix.basename(path));
  const block = Buffer.alloc(blockBytes);
  writeText(block, 0, 100, asciiOnly(name).slice(0, 100));
  for (const offset of [100, 108, 116]) writeOctal(block, offset, 8, 0);
  writeOctal(block, 124, 12, sizeBytes);
  writeOctal(block, 136, 12, 0);
  return seal(block, "x");
}

type UstarFields = Omit<TarEntry, "device"> & {
  readonly typeFlag: string;
  readonly device: { readonly major: number; readonly minor: number };
};

/** Numbers that do not fit are written as 0: their PAX record stands before. */
function encodeUstar(entry: UstarFields): Buffer {
  const block = Buffer.alloc(blockBytes);
  const { prefix, name } = splitPath(entry.path) ?? { prefix: "", name: shortened(entry.path) };
  writeText(block, 0, 100, name);
  writeOctal(block, 100, 8, entry.mode & 0o7777);
  writeOctal(block, 108, 8, entry.uid);
  writeOctal(block, 116, 8, entry.gid);
  writeOctal(block, 124, 12, contentSize(entry));
  writeOctal(block, 136, 12, entry.mtime);
  writeText(block, 157, 100, asciiOnly(entry.linkPath));
  writeText(block, 265, 32, asciiOnly(entry.uname));
  writeText(block, 297, 32, asciiOnly(entry.gname));
  writeOctal(block, 329, 8, entry.device.major);
  writeOctal(block, 337, 8, entry.device.minor);
  writeText(block, 345, 155, prefix);
  return seal(block, entry.typeFlag);
}

/** What an old reader sees of a name whose PAX record it ignores. */
function asciiOnly(text: string): string {
  return isAscii(text) ? text : text.replace(/[^ -~]/g, "");
}

function writeText(block: Buffer, offset: number, length: number, text: string): void {
  block.write(text, offset, Math.min(length, text.length), "latin1");
}

/** Digits fill the field but for the NUL that ends it. */
function writeOctal(block: Buffer, offset: number, length: number, value: number): void {
  const digits = (value >= 0 ? value : 0).toString(8).padStart(length - 1, "0");
  block.write(digits.length < length ? digits : "0".repeat(length - 1), offset, length - 1, "latin1");
}

function seal(block: Buffer, typeFlag: string): Buffer {
  block.write(typeFlag, 156, 1, "latin1");
  block.write("ustar\x0000", 257, 8, "latin1");
  block.write(`${headerChecksum(block).toString(8).padStart(6, "0")}\0 `, 148, 8, "latin1");
  return block;
}
