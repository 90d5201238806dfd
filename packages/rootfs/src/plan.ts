import type { TarEntryType } from "@apkmill/archive";
import type { IndexRecord, StoredPackage } from "@apkmill/apk";
import type { Digest, Limits } from "@apkmill/core";
import type { ScriptsForm } from "./scripts-tar.ts";

/** What to install. The order of `packages` is the order in which apk would commit them (dependencies first). */
export interface InstallRequest {
  readonly packages: readonly StoredPackage[];
  /**
   * The text of every account file that the packages carry, by index in `packages`: `loadAccountFiles` reads them.
   * Needed because apk looks owners up by name in the root as it stands when a package is laid down.
   */
  readonly accountFiles: ReadonlyMap<number, AccountFiles>;
  /** Constraints as the user wrote them; sorted and deduplicated when written to `etc/apk/world`. */
  readonly world: readonly string[];
  /** apk's name of the architecture (`x86_64`); the line of `etc/apk/arch`. */
  readonly arch: string;
  /** Public keys for `etc/apk/keys`. A package that ships a file of that name keeps it. */
  readonly keys?: readonly { readonly name: string; readonly pem: string }[];
  /** Lines of `etc/apk/repositories`; user names and passwords in URLs are removed. No file when absent or empty. */
  readonly repositories?: readonly string[];
  /**
   * The index records by which packages were chosen, by index in `packages`. The database then repeats the record, as apk's
   * does: an index of `x86_64` may call a `noarch` package `x86_64`.
   */
  readonly records?: ReadonlyMap<number, IndexRecord>;
  /** Package name → repository tag (without `@`) of packages that the world pins; the `s:` line of the database. */
  readonly pins?: ReadonlyMap<string, string>;
  /**
   * What to do when two unrelated packages carry the same file with the same content: apk refuses (`"refuse"`, the default);
   * apko keeps the first (`"keep-first"`).
   */
  readonly identicalFiles?: "refuse" | "keep-first";
  /** Default `scripts.tar`, which apk 2 and scanners of images read; apk 3 makes `scripts.tar.gz` in a new root. */
  readonly scriptsForm?: ScriptsForm;
  /** Seconds since the epoch for generated and implied entries. Default 0. */
  readonly mtime?: number;
  readonly limits?: Limits;
}

/** `etc/passwd` and `etc/group` of one package, where it has them. */
export interface AccountFiles {
  readonly passwd?: string;
  readonly group?: string;
}

/** The file tree that installing the packages one by one gives, and how each path came to be. Plain data. */
export interface InstallPlan {
  readonly arch: string;
  /**
   * Sorted by the bytes of the path, so a directory stands before what it holds. Every path appears once and no parent of
   * a path is a symbolic link: crossings were resolved. Names linked to one file: the first is the `file`, the others are
   * `hardlink` with the first's path as `linkPath`.
   */
  readonly entries: readonly PlannedEntry[];
  /** One for each requested package, same order. */
  readonly packages: readonly PlannedPackage[];
  /** Folder of the installed database, symbolic links resolved: `lib/apk/db`, or `usr/lib/apk/db` on a merged-usr root. */
  readonly databaseFolder: string;
}

/** One path of the tree. */
export interface PlannedEntry {
  /** Relative to the root, no leading or trailing slash. */
  readonly path: string;
  readonly type: TarEntryType;
  /** `mode & 0o7777`; 0o777 for symbolic links. */
  readonly mode: number;
  /** Final numbers: looked up by name in the root's own accounts first, as archived otherwise. */
  readonly uid: number;
  readonly gid: number;
  /** Names as archived; for tar headers. */
  readonly uname: string;
  readonly gname: string;
  /** Seconds since the epoch. A directory has that of the last package that lists it. */
  readonly mtime: number;
  /** Bytes of content; a hard link has those of its file. */
  readonly sizeBytes: number;
  /** Text of a symbolic link; path of the `file` entry for a hard link; "" otherwise. */
  readonly linkPath: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** SHA-256 of the content of files and hard links, 64 hex digits, where it is known without reading them; "" otherwise. */
  readonly sha256: string;
  readonly source: EntrySource;
  /** Why this entry is what stands here, for people: `busybox-1.36.1-r15`, `foo-1-r0 replaces bar-1-r0`, `generated: world`. */
  readonly reason: string;
}

/**
 * Where content and metadata come from. `layer` is a blob of the store that is a layer already, of the image that another one is
 * built on; `entry` then is the position in its archive. Of packages `entry` is the index in `packages[package].contents.entries` of the archive entry
 * that carries the *content* (for a hard link that of its target in the same package).
 * `generated` also covers directories that no package lists; their content is empty.
 */
export type EntrySource =
  | { readonly kind: "package"; readonly package: number; readonly entry: number }
  | { readonly kind: "layer"; readonly layer: Digest; readonly entry: number }
  | { readonly kind: "generated"; readonly content: Uint8Array };

/** What became of one package, and whether its data section can be an image layer as it is. */
export interface PlannedPackage {
  /** `name-version`. */
  readonly label: string;
  /** Index of the later package of the same name that took this one's place; undefined when it is installed. */
  readonly supersededBy?: number;
  /** Archive entries that stand in the tree (directories included). 0: the package needs no layer at all. */
  readonly kept: number;
  readonly dropped: readonly DroppedEntry[];
  /** True when unpacking the data section gives exactly this package's entries of the plan (directories may need restating). */
  readonly verbatim: boolean;
  /** The first reason against; "" when verbatim. */
  readonly why: string;
  /** The first entry by which an image layer would delete or rename what others have; left out where there is none. */
  readonly deletion?: DroppedEntry;
}

/** An archive entry that is not (or no longer) in the tree under its name, or cannot be in an image. */
export interface DroppedEntry {
  readonly path: string;
  readonly reason: string;
}
