import type { PackageInfo } from "@apkmill/apk";

/** One record of the installed database (reference apk-formats A7). */
export interface InstalledPackage extends PackageInfo {
  /** `C:` as written: `Q1` and base64 for packages of either format. */
  readonly checksum: string;
  /** Size of the `.apk` file. */
  readonly sizeBytes: number;
  readonly replaces: readonly string[];
  readonly replacesPriority: number;
  /** Repository tag without `@`, or "". */
  readonly tag: string;
  /** `f` broken files, `s` broken script, `x` broken xattrs, `S` digests are truncated SHA-256; "" when all is well. */
  readonly flags: string;
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
