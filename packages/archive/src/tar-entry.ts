/** What one tar header (with its PAX records applied) says. Content travels beside it, never inside. */
export interface TarEntry {
  /** As archived, without a trailing slash; not yet judged safe. */
  readonly path: string;
  readonly type: TarEntryType;
  /** Permission bits with setuid, setgid and sticky: `mode & 0o7777`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  /** Bytes of content that follow; 0 for all but regular files. */
  readonly sizeBytes: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Target of a symbolic link, or archive path of a hard link; "" otherwise. */
  readonly linkPath: string;
  readonly device?: { readonly major: number; readonly minor: number };
  /** Extended attributes (`SCHILY.xattr.*`), name → raw value. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** All other PAX records that were not folded into the fields above, such as `APK-TOOLS.checksum.SHA1`. */
  readonly pax: ReadonlyMap<string, string>;
}

export type TarEntryType = "file" | "hardlink" | "symlink" | "character" | "block" | "directory" | "fifo";
