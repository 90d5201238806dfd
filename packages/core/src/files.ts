import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, mkdirSync, open, read } from "node:fs";
import { mkdir, open as openHandle, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, basename, join } from "node:path";
import { promisify } from "node:util";
import { CoreError } from "./core-error.ts";
import { requireWithin, type Limits } from "./limits.ts";

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
    handle = await openHandle(aside, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, mode);
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

/** The error for a file that the system does not let be read. */
export function unreadable(path: string, cause: unknown): CoreError {
  return new CoreError("FILE_UNREADABLE", `cannot read ${path}: ${reasonOf(cause)}`, { cause, context: { path } });
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

/**
 * The bytes of a file the user named, also of one that does not say how long it is, such as a pipe; `limit` is what users call the bound.
 * @throws CoreError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function readFileWithin(path: string, limitBytes: number, limit?: keyof Limits): Promise<Buffer> {
  try {
    // To open may have to wait for whoever writes into a pipe; that is left to another thread, as is to read what may be large.
    const file = await openFile(path, "r");
    try {
      return await readAll(file, (sizeBytes) => {
        requireWithin(path, sizeBytes, limitBytes, limit);
      });
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw unreadable(path, cause);
  }
}

const openFile = promisify(open);
const readFile = promisify(read);

/** For a file that does not say how long it is. */
const firstBytes = 16 * 1024;

/** The file to its end. `admit` is told how long it is, as far as is known, and throws to refuse. */
async function readAll(file: number, admit: (sizeBytes: number) => void): Promise<Buffer> {
  const { size } = fstatSync(file);
  admit(size);
  let bytes = Buffer.allocUnsafeSlow(size || firstBytes);
  for (let length = 0; ;) {
    const { bytesRead } = await readFile(file, bytes, length, bytes.length - length, null);
    length += bytesRead;
    admit(length);
    if (bytesRead === 0 || length === size) return bytes.subarray(0, length);
    if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
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
