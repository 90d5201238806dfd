import type { TarEntry } from "@apkmill/archive";
import type { Digest } from "@apkmill/core";
import type { PackageControl, ScriptName } from "./package-info.ts";

/**
 * A package that is in the store, whole and verified: its data section is a blob of its own; the rest is what its head says and
 * what one pass over the data taught. Both formats have the same shape here, so that whoever installs a package or
 * makes a layer of it need not ask.
 */
export interface StoredPackage {
  /**
   * `v2`: head (signature and control members) and data section are the bytes of the package file, one behind the other.
   * `v3`: the head is the metadata with its signatures, unpacked; the data section is a tar of the files that was written
   * here, as the format has none. The same package always gives the same one.
   */
  readonly format: "v2" | "v3";
  /** `Q1` and 20 bytes, as an installed database has it: of v2 a SHA-1, of v3 the first bytes of a SHA-256. */
  readonly identity: string;
  readonly control: PackageControl;
  /** Script bodies from the control section. */
  readonly scripts: ReadonlyMap<ScriptName, Uint8Array>;
  /** What stands before the data in the package's file; left out for one that has no file. */
  readonly head?: StoredHead | undefined;
  /** The compressed data section; its digest is that of a verbatim layer, and in v2 the package's datahash. */
  readonly data: BlobRef;
  /** Of the package file. */
  readonly apkSizeBytes: number;
  readonly contents: DataFacts;
}

export interface StoredHead {
  /** Of v2 as it stands in the file: the signature member, where there is one, and the control member. Of v3 unpacked. */
  readonly raw: Uint8Array;
  /** The part of it that the identity is the hash of: of v2 the control member. */
  readonly identified: Uint8Array;
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
  /** What in the tar not every runtime can unpack, so that it cannot be a layer as it is; left out where there is nothing of the kind. */
  readonly oddity?: string;
}

export interface PackageEntry extends TarEntry {
  /**
   * SHA-1 (40 hex digits) of a regular file's content, checked against the PAX record; of the target text for a symbolic link;
   * of the linked file for a hard link; "" otherwise.
   */
  readonly sha1: string;
  /**
   * SHA-256 of a regular file's content, 64 hex digits, where it is known: v3 states it, and of a base image's layer it is computed; ""
   * otherwise. What tells one file of a v2 package from another is its place in a data section, whose SHA-256 is signed.
   */
  readonly sha256: string;
  /** Empty: the checksum record has become `sha1`, and the times that abuild adds are no content. */
  readonly pax: ReadonlyMap<string, string>;
}
