import {
  createTarScanner,
  encodeTarHeader,
  firstGzipMember,
  gunzip,
  gzipBytes,
  splitGzipMembers,
  tarEnd,
  tarPadding,
  type GzipMember,
  type TarEntry,
  type TarScanner,
} from "@apkmill/archive";
import { giveBack, type Limits } from "@apkmill/core";
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
 * Hands over the text of an index, from all that its signatures sign, piece by piece while zlib's threads unpack the next.
 * @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED · what `take` throws
 */
export async function streamIndexText(
  signed: Buffer,
  limits: Limits,
  what: string,
  take: (piece: Buffer) => void,
): Promise<void> {
  const tar = new IndexTar(limits, what, take);
  try {
    for await (const chunk of gunzip(oneChunk(signed), boundsOf(limits, what))) {
      tar.push(chunk);
      giveBack(chunk);
    }
    tar.end();
  } catch (error) {
    throw asFormatError("INDEX_FORMAT", what, error);
  }
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes);
}

interface Bounds {
  readonly what: string;
  readonly limitBytes: number;
  readonly limitName: keyof Limits;
  readonly ratio: number;
}

function boundsOf(limits: Limits, what: string): Bounds {
  return { what, limitBytes: limits.indexBytes, limitName: "indexBytes", ratio: limits.indexRatio };
}

/** A signature member is small: what is not whole in this much is no such member. */
const signaturePrefixBytes = 64 * 1024;

/** The first member is the signatures' when its first file is named so. */
function signatureMember(bytes: Buffer, limits: Limits, what: string): GzipMember | undefined {
  const bounds = { limitBytes: limits.controlBytes, limitName: "controlBytes" } as const;
  const first = firstGzipMember(bytes.subarray(0, signaturePrefixBytes), { ...boundsOf(limits, what), ...bounds });
  return first?.content.toString("latin1", 0, 6) === ".SIGN." ? first : undefined;
}

/** All members behind the signatures make one tar. */
function readContent(members: readonly GzipMember[], limits: Limits, what: string): TextIndexContent {
  const pieces: Buffer[] = [];
  const tar = new IndexTar(limits, what, (piece) => pieces.push(piece));
  if (members.length === 0) throw new ApkError("INDEX_FORMAT", `${what} is empty`);
  for (const { content } of members) tar.push(content);
  const description = tar.end();
  return { description, text: pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces) };
}

/** Readers of both formats tell them apart before this; here those arrive that would change the file. */
function requireV2(bytes: Buffer, what: string): void {
  if (!isAdb(bytes)) return;
  throw new ApkError("APK_UNSUPPORTED", `${what} is an index in the v3 format, which is read here but not written`, {
    hint: "change and sign it with the tools of apk 3, or index the v2 packages",
    context: { path: what },
  });
}

function descriptionIn(file: Buffer): string {
  return file.length > maxDescriptionBytes ? "" : file.toString("utf8");
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

/** The tar in an index: APKINDEX goes to `take`, the description is kept. */
class IndexTar {
  readonly #scanner: TarScanner;
  readonly #what: string;
  readonly #paths = new Set<string>();
  readonly #description: Buffer[] = [];

  constructor(limits: Limits, what: string, take: (piece: Buffer) => void) {
    this.#what = what;
    let path = "";
    const onEntry = (entry: TarEntry): void => {
      path = entry.path;
      this.#admit(entry);
    };
    const onContent = (piece: Buffer): void => {
      if (path === "APKINDEX") take(piece);
      else if (path === "DESCRIPTION") this.#description.push(Buffer.from(piece));
    };
    this.#scanner = createTarScanner({ onEntry, onContent, onEnd: () => undefined }, { what, limits, dialect: "apk" });
  }

  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  /** The description. */
  end(): string {
    this.#scanner.end();
    if (this.#paths.has("APKINDEX")) return descriptionIn(Buffer.concat(this.#description));
    throw new ApkError("INDEX_FORMAT", `${this.#what}: no APKINDEX in it`);
  }

  #admit({ path, type }: TarEntry): void {
    if (path === "APKINDEX" && type !== "file") {
      throw new ApkError("INDEX_FORMAT", `${this.#what}: APKINDEX in it is a ${type}`);
    }
    if (this.#paths.has(path)) throw new ApkError("INDEX_FORMAT", `${this.#what}: ${path} stands twice in it`);
    this.#paths.add(path);
  }
}
