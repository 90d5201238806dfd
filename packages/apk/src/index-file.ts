import {
  createTarScanner,
  encodeTarHeader,
  gzipBytes,
  splitGzipMembers,
  tarEnd,
  tarPadding,
  type TarEntry,
} from "@apkmill/archive";
import { defaultLimits, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { inFormat } from "./format-error.ts";
import { formatIndexText, parseIndexText } from "./index-text.ts";
import type { Keyring, SigningKey } from "./keys.ts";
import type { IndexRecord } from "./package-info.ts";
import {
  encodeSignatureMember,
  readSignatureSection,
  requireSigner,
  sectionEntry,
  type Signature,
} from "./signature.ts";

/** An `APKINDEX.tar.gz`, read: what it lists and who signed it. */
export interface IndexFile {
  readonly description: string;
  readonly records: readonly IndexRecord[];
  readonly signatures: readonly Signature[];
  /** All raw bytes after the signature member: what a signature of the index signs. */
  readonly signed: Buffer;
}

export interface ReadIndexOptions {
  readonly limits?: Limits;
  /** Names the index in messages. */
  readonly what?: string;
}

/**
 * Reads an index without judging its signature; see {@link requireIndexSigner}.
 * @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED
 */
export function readIndex(bytes: Buffer, { limits = defaultLimits, what = "index" }: ReadIndexOptions = {}): IndexFile {
  return inFormat("INDEX_FORMAT", what, () => {
    requireV2(bytes, what);
    const { signatureSection, signed, content } = splitIndex(bytes, limits, what);
    const signatures =
      signatureSection === undefined ? [] : readSignatureSection(signatureSection, "INDEX_FORMAT", what);
    const files = readFiles(content, limits, what);
    const text = files.get("APKINDEX");
    if (text === undefined) throw new ApkError("INDEX_FORMAT", `${what}: no APKINDEX in it`);
    return {
      description: files.get("DESCRIPTION")?.toString("utf8") ?? "",
      records: parseIndexText(text.toString("utf8"), what),
      signatures,
      signed,
    };
  });
}

/** The name of the key that signed the index. @throws ApkError INDEX_UNSIGNED, INDEX_UNKNOWN_SIGNER, INDEX_BAD_SIGNATURE */
export function requireIndexSigner(index: IndexFile, keyring: Keyring, what: string): string {
  return requireSigner(index.signatures, index.signed, keyring, { kind: "INDEX", what });
}

export interface EncodeIndexOptions {
  readonly description?: string;
  /** Every key signs (RSA256); none gives an unsigned index. */
  readonly keys?: readonly SigningKey[];
}

/**
 * The bytes of an `APKINDEX.tar.gz` that lists these records in this order. Times are 0: the same records and keys
 * always give the same bytes.
 */
export async function encodeIndex(
  records: readonly IndexRecord[],
  { description = "", keys = [] }: EncodeIndexOptions = {},
): Promise<Buffer> {
  const content = await gzipBytes(
    Buffer.concat([
      ...fileBlocks("DESCRIPTION", Buffer.from(description)),
      ...fileBlocks("APKINDEX", Buffer.from(formatIndexText(records))),
      tarEnd,
    ]),
  );
  return signIndexContent(content, keys);
}

/** A signature member for the raw content of an index, and the content. */
export async function signIndexContent(content: Buffer, keys: readonly SigningKey[]): Promise<Buffer> {
  return keys.length === 0 ? content : Buffer.concat([await encodeSignatureMember(content, keys, 0), content]);
}

function fileBlocks(path: string, content: Buffer): Buffer[] {
  const header = encodeTarHeader(sectionEntry(path, content.length, { mode: 0o644, mtime: 0 }));
  return [header, content, tarPadding(content.length)];
}

function requireV2(bytes: Buffer, what: string): void {
  if (!bytes.subarray(0, 3).equals(Buffer.from("ADB"))) return;
  throw new ApkError("INDEX_FORMAT", `${what} is in the v3 format, which is not read yet`, {
    hint: "use a repository that also serves APKINDEX.tar.gz in the v2 format",
  });
}

/** The first member is the signature's when its first file is named so; all others make one tar. */
function splitIndex(
  bytes: Buffer,
  limits: Limits,
  what: string,
): { readonly signatureSection: Buffer | undefined; readonly signed: Buffer; readonly content: Buffer } {
  const members = splitGzipMembers(bytes, { what, limitBytes: limits.indexBytes });
  const first = members[0];
  if (first === undefined) throw new ApkError("INDEX_FORMAT", `${what} is empty`);
  const isSigned = first.content.toString("latin1", 0, 6) === ".SIGN.";
  const contents = members.slice(isSigned ? 1 : 0).map(({ content }) => content);
  return {
    signatureSection: isSigned ? first.content : undefined,
    signed: isSigned ? bytes.subarray(first.raw.length) : bytes,
    content: contents.length === 1 && contents[0] !== undefined ? contents[0] : Buffer.concat(contents),
  };
}

function readFiles(content: Buffer, limits: Limits, what: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let current: TarEntry | undefined;
  let chunks: Buffer[] = [];
  const scanner = createTarScanner(
    {
      onEntry: (entry) => {
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
