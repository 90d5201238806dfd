import { closeSync, fstatSync, openSync, readFileSync, statSync, utimesSync } from "node:fs";

/**
 * When a fact or a table was last used: its modification time, set anew when it is read and the time is more than an hour old.
 * (What the system keeps as access time will not do: many do not keep it.)
 */

export const stampMs = 60 * 60 * 1000;

/** The text of a small file, which counts as used by this; undefined where it cannot be read. */
export function readStamped(path: string): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const { mtimeMs } = fstatSync(file);
      if (Date.now() - mtimeMs > stampMs) touch(path);
      return readFileSync(file, "utf8");
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Marks a file as used. */
export function stamp(path: string): void {
  const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (mtimeMs !== undefined && Date.now() - mtimeMs > stampMs) touch(path);
}

function touch(path: string): void {
  const now = Date.now() / 1000;
  try {
    utimesSync(path, now, now);
  } catch {
    // Another user's store: its owner decides what is old.
  }
}
