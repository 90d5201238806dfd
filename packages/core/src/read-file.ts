import { closeSync, fstatSync, open, read } from "node:fs";
import { promisify } from "node:util";
import { CoreError } from "./core-error.ts";
import { isSystemError, reasonOf } from "./files.ts";
import { requireWithin, type Limits } from "./limits.ts";

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

/** The error for a file that the system does not let be read. */
export function unreadable(path: string, cause: unknown): CoreError {
  return new CoreError("FILE_UNREADABLE", `cannot read ${path}: ${reasonOf(cause)}`, { cause, context: { path } });
}
