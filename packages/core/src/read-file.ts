import { closeSync, constants, fstatSync, open, read, type Stats } from "node:fs";
import { promisify } from "node:util";
import { CoreError } from "./core-error.ts";
import { isSystemError, reasonOf } from "./files.ts";
import { requireWithin, type Limits } from "./limits.ts";
import { readPipe } from "./read-pipe.ts";

/**
 * The bytes of a file the user named, also of one that does not say how long it is, such as a pipe; `limit` is what users call the bound.
 * @throws CoreError FILE_UNREADABLE, LIMIT_EXCEEDED, CANCELLED while it waits for whoever writes into a pipe
 */
export async function readFileWithin(path: string, limitBytes: number, limit?: keyof Limits): Promise<Buffer> {
  const admit = (sizeBytes: number): void => {
    requireWithin(path, sizeBytes, limitBytes, limit);
  };
  try {
    // What may be slow, on a disk elsewhere, or large is left to another thread.
    const file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = fstatSync(file);
    if (await mayWait(file, found)) return await readPipe(file, { path, admit });
    try {
      return await readAll(file, found.size, admit);
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

/** True for what has its bytes only when somebody writes them: a pipe, a terminal. */
async function mayWait(file: number, found: Stats): Promise<boolean> {
  return found.isFIFO() || (found.isCharacterDevice() && (await import("node:tty")).isatty(file));
}

/** For a file that does not say how long it is. */
const firstBytes = 16 * 1024;

/** The file of `size` bytes to its end. `admit` is told how long it is, as far as is known, and throws to refuse. */
async function readAll(file: number, size: number, admit: (sizeBytes: number) => void): Promise<Buffer> {
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

/** The error for a file that the system does not let be read. */
export function unreadable(path: string, cause: unknown): CoreError {
  return new CoreError("FILE_UNREADABLE", `cannot read ${path}: ${reasonOf(cause)}`, { cause, context: { path } });
}
