import { createHash, hash, sign } from "node:crypto";
import { gzipSync } from "node:zlib";
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from "@apkmill/archive";
import type { SigningKey } from "../keys.ts";
import { sectionEntry } from "../signature.ts";
import { testEntry } from "./packages.ts";

/**
 * Packages and indexes that are put together by hand, so that each can be wrong in one place and right everywhere else: a fault in
 * the data section of a package whose signature and datahash are good is met by the reader of the data, not by an earlier check.
 */

/** The blocks of one tar entry; a regular file gets its checksum record. */
export function tarItem(changes: Partial<TarEntry> & { readonly path: string }, content = ""): Buffer {
  const bytes = Buffer.from(content);
  const { type = "file" } = changes;
  const pax = type === "file" ? new Map([["APK-TOOLS.checksum.SHA1", hash("sha1", bytes)]]) : new Map<string, string>();
  const header = encodeTarHeader(testEntry({ pax, sizeBytes: bytes.length, ...changes, type }));
  return Buffer.concat([header, bytes, tarPadding(bytes.length)]);
}

/** A file without any PAX record before its header, as the other sections hold them. */
export function plainItem(path: string, content: string | Buffer, mode = 0o644): Buffer {
  const bytes = Buffer.from(content);
  const header = encodeTarHeader(sectionEntry(path, bytes.length, { mode, mtime: 0 }));
  return Buffer.concat([header, bytes, tarPadding(bytes.length)]);
}

/** Bytes written over the last header of `item` (its content must be empty), with the checksum made right. */
export function patched(item: Buffer, changes: Readonly<Record<number, string>>): Buffer {
  const bytes = Buffer.from(item);
  const block = bytes.subarray(bytes.length - 512);
  for (const [offset, text] of Object.entries(changes)) block.write(text, Number(offset), "latin1");
  block.write("        ", 148, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

/** An extension header of any type (`x`, `L`, `K`, `g`) with any content. */
export function extensionItem(typeFlag: string, content: string | Buffer, statedBytes?: number): Buffer {
  const bytes = Buffer.from(content);
  const size = `${(statedBytes ?? bytes.length).toString(8).padStart(11, "0")}\0`;
  const header = patched(encodeTarHeader(testEntry({ path: "extension" })), { 124: size, 156: typeFlag });
  return Buffer.concat([header, bytes, tarPadding(bytes.length)]);
}

/** One PAX record. */
export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  const length = rest + String(rest + String(rest).length).length;
  return `${String(length)} ${key}=${value}\n`;
}

export const member = (tar: Buffer): Buffer => gzipSync(tar, { level: 9 });

export interface Members {
  readonly signature: Buffer;
  readonly control: Buffer;
  readonly data: Buffer;
}

/** What is to be unusual about a package. */
export interface PackageShape {
  /** The data section's tar, without its end blocks. */
  readonly tar?: Buffer;
  /** The data section as it stands in the file, where it is not the gzip of `tar` and its end. */
  readonly data?: Buffer;
  /** Changes `.PKGINFO`. */
  readonly info?: (text: string) => string | Buffer;
  /** Changes the tar of the control section. */
  readonly control?: (tar: Buffer) => Buffer;
  /** Changes the tar of the signature section. */
  readonly signature?: (tar: Buffer) => Buffer;
  /** Joins the members, or what is left of them. */
  readonly join?: (members: Members) => readonly Buffer[];
}

export const plainTar: Buffer = Buffer.concat([
  tarItem({ path: "usr", type: "directory" }),
  tarItem({ path: "usr/hello" }, "hello\n"),
]);

const infoText = (dataHash: string): string =>
  `pkgname = hello\npkgver = 1.0-r0\narch = x86_64\nsize = 6\ndepend = musl\ndatahash = ${dataHash}\n`;

/** The bytes of a package signed by `key` that is as `shape` says and otherwise good. */
export function shapePackage(key: SigningKey, shape: PackageShape = {}): Buffer {
  const data = shape.data ?? member(Buffer.concat([shape.tar ?? plainTar, tarEnd]));
  const text = infoText(createHash("sha256").update(data).digest("hex"));
  const controlTar = plainItem(".PKGINFO", shape.info?.(text) ?? text);
  const control = member(shape.control?.(controlTar) ?? controlTar);
  const members = { signature: signatureMember(key, control, shape.signature), control, data };
  return Buffer.concat(shape.join?.(members) ?? [members.signature, control, data]);
}

/** A signature over `signed`, which may be of any section. */
export function signatureMember(
  key: SigningKey,
  signed: Buffer,
  change: (tar: Buffer) => Buffer = (tar) => tar,
): Buffer {
  return member(change(plainItem(`.SIGN.RSA256.${key.name}`, sign("sha256", signed, key.key))));
}

/** What is to be unusual about an index. */
export interface IndexShape {
  readonly text?: string | Buffer;
  /** Changes the tar of the content, which ends with end blocks. */
  readonly tar?: (tar: Buffer) => Buffer;
  readonly signature?: (tar: Buffer) => Buffer;
  readonly join?: (members: { readonly signature: Buffer; readonly content: Buffer }) => readonly Buffer[];
}

export const plainIndexText =
  "C:Q1Ks8Hhb8cBMDMXXDkVEZUCNqzEU8=\nP:hello\nV:1.0-r0\nA:x86_64\nS:1000\nI:6\nT:greets\nD:musl\n\n";

/** The bytes of an index signed by `key` that is as `shape` says and otherwise good. */
export function shapeIndex(key: SigningKey, shape: IndexShape = {}): Buffer {
  const plain = Buffer.concat([
    plainItem("DESCRIPTION", "test"),
    plainItem("APKINDEX", shape.text ?? plainIndexText),
    tarEnd,
  ]);
  const content = member(shape.tar?.(plain) ?? plain);
  const signature = signatureMember(key, content, shape.signature);
  return Buffer.concat(shape.join?.({ signature, content }) ?? [signature, content]);
}
