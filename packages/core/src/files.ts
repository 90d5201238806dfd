import { randomBytes } from "node:crypto";
import { constants, mkdirSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, basename, join } from "node:path";
import { CoreError } from "./core-error.ts";

/**
 * Files that are whole or absent: everything is written beside its final name, synced, then renamed.
 * A process that dies leaves at most a `.apkmill-*` file that no reader looks at.
 */

/** A hidden name in the same folder, so that the rename stays within one file system. */
export function asideOf(path: string): string {
  return join(dirname(path), `${asideStem(path)}${randomBytes(6).toString("hex")}`);
}

function asideStem(path: string): string {
  return `.apkmill-${basename(path).slice(0, 100)}.`;
}

/**
 * Opens a hidden file beside `path`, lets `work` fill it, then syncs and renames it; removes it when `work` fails.
 * Returns what `work` returns. @throws CoreError FILE_UNWRITABLE
 */
export async function writeAside<T>(path: string, work: (handle: FileHandle) => Promise<T>, mode = 0o644): Promise<T> {
  const aside = asideOf(path);
  let handle: FileHandle;
  try {
    await mkdir(dirname(path), { recursive: true });
    handle = await open(aside, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, mode);
  } catch (cause) {
    throw unwritable(path, cause);
  }
  try {
    // The mode is what the caller says, not what the umask leaves of it.
    await handle.chmod(mode);
    const result = await work(handle);
    await handle.sync();
    await handle.close();
    await rename(aside, path);
    return result;
  } catch (cause) {
    await handle.close().catch(() => undefined);
    await rm(aside, { force: true });
    throw isSystemError(cause) ? unwritable(path, cause) : cause;
  }
}

/** The error for a place that the system does not let be written. */
export function unwritable(path: string, cause: unknown): CoreError {
  const isFull = isSystemError(cause) && fullCodes.has(cause.code);
  return new CoreError("FILE_UNWRITABLE", `cannot write ${path}: ${reasonOf(cause)}`, {
    cause,
    hint: isFull ? "make room there, or name a place on another disk" : "name a place that can be written",
    context: { path },
  });
}

const fullCodes = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Does `work`; makes the folder of `path` and tries once more when it is not there. */
export function inFolder<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    return work();
  }
}

/**
 * Removes the hidden files and folders that killed processes have left beside `path`. Only for who knows that no other process
 * writes it now.
 */
export async function removeAsides(path: string): Promise<void> {
  const stem = asideStem(path);
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names) {
    if (name.startsWith(stem) && /^[0-9a-f]{12}$/.test(name.slice(stem.length)))
      await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}

/** True when something stands at `path` (links are followed). */
export async function pathExists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** An error of the operating system, with its `code` such as ENOENT. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && "syscall" in error && typeof (error as NodeJS.ErrnoException).code === "string";
}

/** The short reason of any error: `ENOENT: no such file or directory` rather than the whole call. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isSystemError(error) ? error.message.replace(/, \w+ '.*$/s, "") : error.message;
}
