import type { IndexRecord, ScriptName, StoredPackage } from "@apkmill/apk";
import type { Limits } from "@apkmill/core";
import type { InstalledPackage } from "@apkmill/apk";
import type { AccountFiles, PlannedEntry } from "../plan.ts";
import type { ScriptsForm } from "../scripts-tar.ts";
import type { OwnerMode } from "../disk-ground.ts";
import type { RootView } from "./root-view.ts";

/** What a root says of itself: its package database and the settings that decide about changes. Plain data. */
export interface InstalledRoot {
  readonly packages: readonly InstalledPackage[];
  /** Identity, in one spelling → script bodies. */
  readonly scripts: ReadonlyMap<string, ReadonlyMap<ScriptName, Uint8Array>>;
  /** Identity, in one spelling → globs of directories. */
  readonly triggers: ReadonlyMap<string, readonly string[]>;
  readonly scriptsForm: ScriptsForm;
  /** Where the database is, as apk names it: `lib/apk/db`, or `usr/lib/apk/db` on a root that has only that. */
  readonly databaseFolder: string;
  readonly world: readonly string[];
  /** The lines of `etc/apk/arch`; the first is the root's own. */
  readonly archs: readonly string[];
  /** The lines of `etc/apk/protected_paths.d/*.list`, files in the order of their names. */
  readonly protectedPaths: readonly string[];
  /** `etc/passwd` and `etc/group` as they stand. */
  readonly accounts: AccountFiles;
}

/** One step of a transaction, in the resolver's order. The others than `remove` and `repin` say which package to lay. */
export type RootChange =
  | {
      readonly kind: "install" | "upgrade" | "downgrade" | "replace" | "reinstall";
      /** Index in `packages`. */
      readonly package: number;
      /** Repository tag that the package is pinned to, or "". */
      readonly tag: string;
    }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "repin"; readonly name: string; readonly tag: string };

export interface ChangeRequest {
  readonly root: InstalledRoot;
  readonly view: RootView;
  readonly changes: readonly RootChange[];
  readonly packages: readonly StoredPackage[];
  /** As in an install request: by index in `packages`. */
  readonly accountFiles: ReadonlyMap<number, AccountFiles>;
  readonly records?: ReadonlyMap<number, IndexRecord>;
  /** The whole world after the change. */
  readonly world: readonly string[];
  /** Written to `etc/apk/arch` where the root has no such file. */
  readonly arch: string;
  /** `skip` where owners are left to a manifest: those of the disk then say nothing. Default `apply`. */
  readonly owners?: OwnerMode;
  /** To be added to `etc/apk/keys`; one of the same name that stands there stays. */
  readonly keys?: readonly { readonly name: string; readonly pem: string }[];
  /** Lines of `etc/apk/repositories`, in place of those that stand there. Left out or empty: these stay. */
  readonly repositories?: readonly string[];
  /** As in an install request; `keep-first` needs a view that has the digests of files at hand. */
  readonly identicalFiles?: "refuse" | "keep-first";
  /** Removes files that were changed under protected paths too. */
  readonly purge?: boolean;
  /** Seconds since the epoch for generated and implied entries. Default 0. */
  readonly mtime?: number;
  readonly limits?: Limits;
}

/** What a transaction does to a root: nothing that is not listed is touched. Plain data. */
export interface ChangePlan {
  /** Sorted by path within each kind, and to be done in this order of kinds; of `remove-directory` the deepest first. */
  readonly actions: readonly RootAction[];
  /** What stands after it of what the packages of the transaction brought, and of the generated files. Sorted by path. */
  readonly entries: readonly PlannedEntry[];
  /** The database after it, sorted as it is written. */
  readonly installed: readonly InstalledPackage[];
}

/** One action on one physical path. `reason` is for people. */
export type RootAction =
  /** A new directory, with its final mode and owner. */
  | { readonly kind: "make-directory"; readonly path: string; readonly entry: PlannedEntry; readonly reason: string }
  /** A new file, link or device, put there by rename; what stands there is replaced. The database and settings come last. */
  | { readonly kind: "write"; readonly path: string; readonly entry: PlannedEntry; readonly reason: string }
  /** Another mode and owner for a directory that stands. */
  | {
      readonly kind: "settle-directory";
      readonly path: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly reason: string;
    }
  /** Nothing is done although a package brings or removes something there. */
  | { readonly kind: "keep"; readonly path: string; readonly reason: string }
  | { readonly kind: "delete"; readonly path: string; readonly reason: string }
  /** Empty by then; where it is not, it stays. */
  | { readonly kind: "remove-directory"; readonly path: string; readonly reason: string };
