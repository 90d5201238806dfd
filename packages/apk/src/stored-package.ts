import type { TarEntry } from "@apkmill/archive";
import type { Digest } from "@apkmill/core";
import type { PackageControl, ScriptName } from "./package-info.ts";

/**
 * A package that is in the store, whole and verified: its head (signature and control members) and its data section,
 * each a blob of its own, and the facts of the data that one pass over it gave.
 */
export interface StoredPackage {
  /** `Q1…`, as in an index. */
  readonly identity: string;
  readonly control: PackageControl;
  /** Script bodies from the control section. */
  readonly scripts: ReadonlyMap<ScriptName, Uint8Array>;
  readonly head: BlobRef;
  /** The compressed data section; its digest is the package's datahash, and the digest of a verbatim layer. */
  readonly data: BlobRef;
  readonly contents: DataFacts;
}

export interface BlobRef {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What inflating a data section once taught; remembered in the store under its digest. */
export interface DataFacts {
  /** SHA-256 of the uncompressed tar: the layer's diffID. */
  readonly diffId: Digest;
  readonly unpackedSizeBytes: number;
  /** In archive order. */
  readonly entries: readonly PackageEntry[];
}

export interface PackageEntry extends TarEntry {
  /**
   * SHA-1 (40 hex digits) of a regular file's content, checked against the PAX record; of the target text for a symbolic link;
   * of the linked file for a hard link; "" otherwise.
   */
  readonly sha1: string;
  /** SHA-256 of a regular file's content, 64 hex digits; "" otherwise. */
  readonly sha256: string;
  /** Empty: the checksum record has become `sha1`, and the times that abuild adds are no content. */
  readonly pax: ReadonlyMap<string, string>;
}
