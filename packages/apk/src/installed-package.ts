import type { IndexRecord } from "./package-info.ts";

/** What the installed database says of a package beside its files (reference apk-formats A7). */
export interface InstalledRecord extends IndexRecord {
  readonly replaces: readonly string[];
  readonly replacesPriority: number;
  /** `g:`, free words that only v3 packages have. */
  readonly tags?: readonly string[];
  /** Tag of the repository that it is pinned to, without `@`, or "". */
  readonly tag: string;
  /** `f` broken files, `s` broken script, `x` broken xattrs, `S` digests are truncated SHA-256; "" when all is well. */
  readonly flags: string;
}

/** One record of the installed database. */
export interface InstalledPackage extends InstalledRecord {
  readonly directories: readonly InstalledDirectory[];
}

export interface InstalledDirectory extends InstalledOwner {
  /** Relative to the root; "" for the root itself. */
  readonly path: string;
  readonly files: readonly InstalledFile[];
}

export interface InstalledFile extends InstalledOwner {
  /** Name within its directory. */
  readonly name: string;
  /** `Z:` as written, or "" where there is none (devices). */
  readonly checksum: string;
}

/** The `M:` or `a:` line. */
export interface InstalledOwner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** `Q1` and base64 over the extended attributes, or "". */
  readonly xattrDigest: string;
}

/** Owners and modes that the database leaves unsaid. */
export const unsaidDirectory: InstalledOwner = { uid: 0, gid: 0, mode: 0o755, xattrDigest: "" };
export const unsaidFile: InstalledOwner = { uid: 0, gid: 0, mode: 0o644, xattrDigest: "" };
