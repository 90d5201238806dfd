import { defaultLimits, type Limits } from "@apkmill/core";
import { readAdbIndex, type AdbIndex } from "./adb/read-index.ts";
import { requireAdbSigner } from "./adb/signature-block.ts";
import { isAdb } from "./adb/wrapper.ts";
import { formatIndexText, parseIndexText } from "./index-text.ts";
import type { Keyring } from "./keys.ts";
import type { IndexRecord } from "./package-info.ts";
import { requireSigner } from "./signature.ts";
import { encodeTextIndex, openTextIndex, type EncodeIndexOptions, type TextIndexFile } from "./text-index.ts";

/** An index of either format, read: what it lists and who signed it. */
export type IndexFile = TextIndex | BinaryIndex;

/** An `APKINDEX.tar.gz`. */
export interface TextIndex extends Omit<TextIndexFile, "text"> {
  readonly format: "v2";
  readonly records: readonly IndexRecord[];
}

/** An index in the binary format of apk 3, by whatever name its file goes. */
export interface BinaryIndex extends AdbIndex {
  readonly format: "v3";
}

export interface ReadIndexOptions {
  readonly limits?: Limits;
  /** Names the index in messages. */
  readonly what?: string;
}

/**
 * Reads an index without judging its signature; see {@link requireIndexSigner}. Its first bytes tell the format.
 * @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED
 */
export function readIndex(bytes: Buffer, { limits = defaultLimits, what = "index" }: ReadIndexOptions = {}): IndexFile {
  if (isAdb(bytes)) return { format: "v3", ...readAdbIndex(bytes, limits, what) };
  const { text, ...rest } = openTextIndex(bytes, limits, what);
  return { format: "v2", records: parseIndexText(text.toString("utf8"), what, limits), ...rest };
}

/** The name of the key that signed the index. @throws ApkError INDEX_UNSIGNED, INDEX_UNKNOWN_SIGNER, INDEX_BAD_SIGNATURE */
export function requireIndexSigner(index: IndexFile, keyring: Keyring, what: string): string {
  return index.format === "v2"
    ? requireSigner(index.signatures, index.signed, keyring, { kind: "INDEX", what })
    : requireAdbSigner(index.signatures, index, keyring, { kind: "INDEX", what });
}

/**
 * The bytes of an `APKINDEX.tar.gz` that lists these records in this order. Times are 0: the same records and keys
 * always give the same bytes.
 */
export async function encodeIndex(records: readonly IndexRecord[], options: EncodeIndexOptions = {}): Promise<Buffer> {
  return encodeTextIndex(Buffer.from(formatIndexText(records)), options);
}
