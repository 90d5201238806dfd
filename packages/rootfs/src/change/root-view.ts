import type { TarEntry, TarEntryType } from "@apkmill/archive";

/**
 * What a root holds before anything is changed: a value that is asked path by path. Paths are physical, relative to the root.
 * The disk's answers are remembered, so that one plan sees one state.
 */
export interface RootView {
  /** Undefined where nothing stands. */
  readonly at: (path: string) => StandingEntry | undefined;
  /** The names in a directory; none where there is no directory. */
  readonly namesIn: (directory: string) => readonly string[];
  /** Hex digest of a file's content; "" for what is no regular file. */
  readonly digestOf: (path: string, algorithm: "sha1" | "sha256") => string;
}

/** What stands at one path, by lstat(2). */
export interface StandingEntry extends Pick<
  TarEntry,
  "mode" | "uid" | "gid" | "mtime" | "sizeBytes" | "linkPath" | "device"
> {
  readonly type: Exclude<TarEntryType, "hardlink">;
  /** Of a file's content, where the view has it at hand; otherwise `digestOf` says it. */
  readonly sha1?: string;
}
