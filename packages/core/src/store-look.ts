import { constants, lstatSync, readdirSync, rmSync, rmdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "./files.ts";

/**
 * Entries of a store are files. Anything else in the place of one (a folder, a link, a pipe) reads as absent, and goes when the entry is
 * written again: a link is not followed, out of the store or in circles, and nobody is waited for at the other end of a pipe.
 */

/** How the file of an entry is opened: what answers at once may still be no file, which `fstat` tells. */
export const entryFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What stands in the place of an entry, looked at once; undefined where there is nothing that can be seen. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

/** True for a folder, false for a link to one. */
export function isFolder(path: string): boolean {
  return lookAt(path)?.isDirectory() === true;
}

/** Removes a folder from the place of an entry. A file that another process puts there meanwhile stays. @throws the error of the system */
export function removeFolder(path: string): void {
  for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true });
  rmdirSync(path);
}
