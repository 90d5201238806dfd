import { renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { inFolder, isSystemError } from "./files.ts";
import { isFolder, removeFolder } from "./store-look.ts";

/**
 * Moves a finished file to its place in the store under `root`. What stands in the way and is no file of the store's goes, once the system
 * has refused to replace it. @throws the error of the system
 */
export function settle(root: string, aside: string, path: string): void {
  const move = (): void => {
    inFolder(path, () => {
      renameSync(aside, path);
    });
  };
  try {
    move();
  } catch (error) {
    if (!isSystemError(error) || !makeRoom(root, path)) throw error;
    move();
  }
}

/**
 * Removes a folder that stands in the place of the entry `path`, or a file or link that stands in the place of its folder of one kind;
 * false where there is neither. What lies behind a link is not the store's, and stays.
 */
function makeRoom(root: string, path: string): boolean {
  const folder = dirname(path);
  const isOfKind = resolve(dirname(folder)) !== resolve(root);
  if (isOfKind && !isFolder(dirname(folder))) return false;
  if (isFolder(folder)) return isFolder(path) && tryRemoveFolder(path);
  if (isOfKind) rmSync(folder, { force: true });
  return isOfKind;
}

/** Another process that makes room may be done first. */
function tryRemoveFolder(path: string): boolean {
  try {
    removeFolder(path);
  } catch (error) {
    if (!isSystemError(error) || !["ENOENT", "ENOTDIR"].includes(error.code)) throw error;
  }
  return true;
}
