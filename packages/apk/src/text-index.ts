import {
  createTarScanner,
  encodeTarHeader,
  firstGzipMember,
  gunzipMembers,
  gzipBytes,
  splitGzipMembers,
  tarEnd,
  tarPadding,
  type GzipMember,
  type TarEntry,
} from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import { isAdb } from "./adb/wrapper.ts";
import { ApkError } from "./apk-error.ts";
import { asFormatError, inFormat } from "./format-error.ts";
import type { SigningKey } from "./keys.ts";
import { encodeSignatureMember, readSignatureSection, sectionEntry, type Signature } from "./signature.ts";

/**
 * The file `APKINDEX.tar.gz` around the text of an index: a gzip member with the signatures, where there are any, and one
 * with the tar of DESCRIPTION and APKINDEX (reference apk-formats A4). The text itself is not looked at here.
 */

/** An `APKINDEX.tar.gz`, taken apart. */
export interface TextIndexFile {
  readonly description: string;
  /** The content of APKINDEX. */
  readonly text: Buffer;
  readonly signatures: readonly Signature[];
  /** All raw bytes after the signature member: what a signature of the index signs. */
  readonly signed: Buffer;
}

/** apk ignores a longer one (reference apk-formats A4). */
const maxDescriptionBytes = 160;

/** The signatures of an index file, and what they sign. */
export type TextIndexHead = Pick<TextIndexFile, "signatures" | "signed">;

/** What an index file says. */
export type TextIndexContent = Pick<TextIndexFile, "description" | "text">;

/**
 * Takes the bytes of an index file apart without judging its signatures.
 * @throws ApkError INDEX_FORMAT, APK_UNSUPPORTED for an index in the v3 format · CoreError LIMIT_EXCEEDED
 */
export function openTextIndex(bytes: Buffer, limits: Limits, what: string): TextIndexFile {
  const head = openTextIndexHead(bytes, limits, what);
  return inFormat("INDEX_FORMAT", what, () => {
    const members = splitGzipMembers(head.signed, boundsOf(limits, what));
    return { ...head, ...readContent(members, limits, what) };
  });
}

/**
 * The signatures of an index file; nothing behind them is unpacked.
 * @throws ApkError INDEX_FORMAT, APK_UNSUPPORTED for an index in the v3 format · CoreError LIMIT_EXCEEDED
 */
export function openTextIndexHead(bytes: Buffer, limits: Limits, what: string): TextIndexHead {
  requireV2(bytes, what);
  return inFormat("INDEX_FORMAT", what, () => {
    const member = signatureMember(bytes, limits, what);
    return {
      signatures: member === undefined ? [] : readSignatureSection(member.content, "INDEX_FORMAT", what),
      signed: member === undefined ? bytes : bytes.subarray(member.raw.length),
    };
  });
}

/**
 * What an index file says, from all that its signatures sign; unpacked in zlib's threads.
 * @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED
 */
export async function readTextIndexContent(signed: Buffer, limits: Limits, what: string): Promise<TextIndexContent> {
  try {
    return readContent(await gunzipMembers(signed, boundsOf(limits, what)), limits, what);
  } catch (error) {
    throw asFormatError("INDEX_FORMAT", what, error);
  }
}

function boundsOf(limits: Limits, what: string): { what: string; limitBytes: number; ratio: number } {
  return { what, limitBytes: limits.indexBytes, ratio: limits.indexRatio };
}

/** A signature member is small: what is not whole in this much is no such member. */
const signaturePrefixBytes = 64 * 1024;

/** The first member is the signatures' when its first file is named so. */
function signatureMember(bytes: Buffer, limits: Limits, what: string): GzipMember | undefined {
  const bounds = { ...boundsOf(limits, what), limitBytes: limits.controlBytes };
  const first = firstGzipMember(bytes.subarray(0, signaturePrefixBytes), bounds);
  return first?.content.toString("latin1", 0, 6) === ".SIGN." ? first : undefined;
}

/** All members behind the signatures make one tar. */
function readContent(members: readonly GzipMember[], limits: Limits, what: string): TextIndexContent {
  const [first, ...more] = members;
  if (first === undefined) throw new ApkError("INDEX_FORMAT", `${what} is empty`);
  const content = more.length === 0 ? first.content : Buffer.concat(members.map((member) => member.content));
  const files = readFiles(content, limits, what);
  const text = files.get("APKINDEX");
  if (text === undefined) throw new ApkError("INDEX_FORMAT", `${what}: no APKINDEX in it`);
  return { description: descriptionIn(files.get("DESCRIPTION")), text };
}

/** Readers of both formats tell them apart before this; here those arrive that would change the file. */
function requireV2(bytes: Buffer, what: string): void {
  if (!isAdb(bytes)) return;
  throw new ApkError("APK_UNSUPPORTED", `${what} is an index in the v3 format, which is read here but not written`, {
    hint: "change and sign it with the tools of apk 3, or index the v2 packages",
    context: { path: what },
  });
}

function descriptionIn(file: Buffer | undefined): string {
  return file === undefined || file.length > maxDescriptionBytes ? "" : file.toString("utf8");
}

export interface EncodeIndexOptions {
  readonly description?: string;
  /** Every key signs (RSA256); none gives an unsigned index. */
  readonly keys?: readonly SigningKey[];
}

/**
 * The bytes of an `APKINDEX.tar.gz` with this text. Times are 0: the same text and keys always give the same bytes.
 * @throws ApkError INDEX_FORMAT for a description that apk would ignore
 */
export async function encodeTextIndex(
  text: Buffer,
  { description = "", keys = [] }: EncodeIndexOptions = {},
): Promise<Buffer> {
  requireDescription(description);
  const content = await gzipBytes(
    Buffer.concat([...fileBlocks("DESCRIPTION", Buffer.from(description)), ...fileBlocks("APKINDEX", text), tarEnd]),
  );
  return signIndexContent(content, keys);
}

/** A signature member for the raw content of an index, and the content. `kept` are older signatures that stay good. */
export async function signIndexContent(
  content: Buffer,
  keys: readonly SigningKey[],
  kept: readonly Signature[] = [],
): Promise<Buffer> {
  if (keys.length + kept.length === 0) return content;
  return Buffer.concat([await encodeSignatureMember(content, keys, 0, kept), content]);
}

function requireDescription(description: string): void {
  const length = Buffer.byteLength(description);
  if (length <= maxDescriptionBytes) return;
  const limit = String(maxDescriptionBytes);
  throw new ApkError(
    "INDEX_FORMAT",
    `the description of the index has ${String(length)} bytes: apk ignores more than ${limit}`,
    {
      hint: `describe the repository in at most ${limit} bytes`,
    },
  );
}

function fileBlocks(path: string, content: Buffer): Buffer[] {
  const header = encodeTarHeader(sectionEntry(path, content.length, { mode: 0o644, mtime: 0 }));
  return [header, content, tarPadding(content.length)];
}

function readFiles(content: Buffer, limits: Limits, what: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let current: TarEntry | undefined;
  let chunks: Buffer[] = [];
  const scanner = createTarScanner(
    {
      onEntry: (entry) => {
        if (entry.type !== "file" && entry.path === "APKINDEX") {
          throw new ApkError("INDEX_FORMAT", `${what}: APKINDEX in it is a ${entry.type}`);
        }
        if (files.has(entry.path)) throw new ApkError("INDEX_FORMAT", `${what}: ${entry.path} stands twice in it`);
        current = entry;
        chunks = [];
      },
      onContent: (chunk) => chunks.push(chunk),
      onEnd: () => files.set(current?.path ?? "", chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
    },
    { what, limits, dialect: "apk" },
  );
  scanner.push(content);
  scanner.end();
  return files;
}
