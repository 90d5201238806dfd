import { closeSync, fstatSync, futimesSync, openSync } from "node:fs";
import { entryFlags } from "./store-look.ts";

/**
 * When a fact or a table was last used: its modification time, set anew when it is read and the time is more than an hour old.
 * (What the system keeps as access time will not do: many do not keep it.)
 */

export const stampMs = 60 * 60 * 1000;

/** What `read` makes of the open file of an entry, which counts as used by this; undefined where there is no file that can be read. */
export function readStamped<T>(path: string, read: (file: number) => T): T | undefined {
  try {
    const file = openSync(path, entryFlags);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) return undefined;
      if (Date.now() - found.mtimeMs > stampMs) touch(file);
      return read(file);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function touch(file: number): void {
  const now = Date.now() / 1000;
  try {
    futimesSync(file, now, now);
  } catch {
    // Another user's store: its owner decides what is old.
  }
}
