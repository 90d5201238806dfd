import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, basename, join } from "node:path";
import { CoreError } from "./core-error.ts";
import { requireWithin } from "./limits.ts";

/**
 * Files that are whole or absent: everything is written beside its final name, synced, then renamed.
 * A process that dies leaves at most a `.apkmill-*` file that no reader looks at.
 */

/** A hidden name in the same folder, so that the rename stays within one file system. */
export function asideOf(path: string): string {
  return join(dirname(path), `.apkmill-${basename(path).slice(0, 100)}.${randomBytes(6).toString("hex")}`);
}

/** Writes `data` under `path`, replacing what stood there only when the new bytes are on disk. Makes parent folders. */
export async function writeFileAside(path: string, data: Uint8Array | string, mode = 0o644): Promise<void> {
  await writeAside(
    path,
    async (handle) => {
      await handle.writeFile(data);
    },
    mode,
  );
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
    throw new CoreError("FILE_UNWRITABLE", `cannot write ${path}: ${reasonOf(cause)}`, { cause, context: { path } });
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
    if (isSystemError(cause)) {
      throw new CoreError("FILE_UNWRITABLE", `cannot write ${path}: ${reasonOf(cause)}`, { cause, context: { path } });
    }
    throw cause;
  }
}

/** The bytes of a file the user named. @throws CoreError FILE_UNREADABLE, LIMIT_EXCEEDED */
export async function readFileWithin(path: string, limitBytes: number): Promise<Buffer> {
  try {
    requireWithin(path, (await stat(path)).size, limitBytes);
    return await readFile(path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new CoreError("FILE_UNREADABLE", `cannot read ${path}: ${reasonOf(cause)}`, { cause, context: { path } });
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
