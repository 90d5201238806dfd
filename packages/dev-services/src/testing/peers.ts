import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** The path of a program that `npm run test:full` installs, or that is on the path; undefined where it is neither. */
export function findPeer(name: string): string | undefined {
  const { PATH = "", HOME = ".", XDG_CACHE_HOME = join(HOME, ".cache") } = process.env;
  const folders = [join(XDG_CACHE_HOME, "apkmill-peers"), ...PATH.split(":")];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
