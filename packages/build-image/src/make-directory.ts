import { chownSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes what is missing of a directory inside a root, given to `owner` where one is named and we may; stops at a link, which only
 * the sandbox may follow. True when the directory is there.
 */
export function makeDirectory(
  root: string,
  path: string,
  owner?: { readonly uid: number; readonly gid: number },
): boolean {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) return false;
  for (const [position] of names.entries()) {
    const target = join(root, ...names.slice(0, position + 1));
    const standing = lstatSync(target, { throwIfNoEntry: false });
    if (standing === undefined) {
      mkdirSync(target, { mode: 0o755 });
      if (owner !== undefined && process.getuid?.() === 0) chownSync(target, owner.uid, owner.gid);
    } else if (!standing.isDirectory()) return false;
  }
  return true;
}

/** Makes an empty file inside a root, with the directories above it, where nothing stands; as {@link makeDirectory} with links. */
export function makeFile(root: string, path: string): void {
  if (!makeDirectory(root, dirname(path)) || path.endsWith("..")) return;
  const target = join(root, path);
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined)
    writeFileSync(target, "", { flag: "wx", mode: 0o644 });
}
