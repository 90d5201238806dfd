import { CoreError, isSystemError, reasonOf } from "@apkmill/core";
import { RootfsError } from "./rootfs-error.ts";

/** Where a plan is being laid, and how. */
export interface Ground {
  /** The new folder that becomes the root. */
  readonly folder: string;
  readonly owners: OwnerMode;
  readonly signal: AbortSignal;
  /** Where tools are searched. */
  readonly searchPath: string | undefined;
}

/** Whether files get their planned owners (needs root), or stay with whoever writes them. */
export type OwnerMode = "apply" | "skip";

/** Runs one step at `path`, relative to the root. @throws RootfsError ROOTFS_UNWRITABLE naming it */
export function at<T>(ground: Ground, path: string, step: (target: string) => T): T {
  try {
    return step(`${ground.folder}/${path}`);
  } catch (cause) {
    throw isSystemError(cause) ? unwritable(path, cause) : cause;
  }
}

/** @throws CoreError CANCELLED once the caller's signal is given */
export function requireGoing({ signal }: Ground): void {
  if (signal.aborted) throw new CoreError("CANCELLED", "laying down the files was cancelled", { cause: signal.reason });
}

/** The error for a path that the disk refuses, with the next step for the usual causes. */
export function unwritable(path: string, cause: NodeJS.ErrnoException): RootfsError {
  return new RootfsError("ROOTFS_UNWRITABLE", `cannot write ${path}: ${reasonOf(cause)}`, {
    cause,
    hint: hints[cause.code ?? ""] ?? "see that the folder's file system can hold what a Linux root holds",
    context: { path },
  });
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: "make room on the disk and run it again",
  EPERM: "run as root, or leave the owners to a manifest",
  EACCES: "give a folder that you may write to",
  EBUSY: "give a folder that is not a mount point",
  ENAMETOOLONG: "give a folder with a shorter path",
  EEXIST: "use a file system that tells upper case from lower case",
};
