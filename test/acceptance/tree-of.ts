import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * What stands in a directory: path → type, mode, owner, size, hash, link. Hard-linked names share a note of their first name. Times are
 * left out: unpackers differ in what they do to directories. Device numbers are left out too: only root may make nodes.
 */
export function treeOf(root: string): Map<string, string> {
  const tree = new Map<string, string>();
  const inodes = new Map<number, string>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === "" ? name : `${folder}/${name}`;
      const found = lstatSync(join(root, path));
      const owner = `${(found.mode & 0o7777).toString(8)} ${found.uid}:${found.gid}`;
      if (found.isDirectory()) {
        tree.set(path, `directory ${owner}`);
        visit(path);
      } else if (found.isSymbolicLink())
        tree.set(path, `symlink ${found.uid}:${found.gid} ${readlinkSync(join(root, path))}`);
      else if (found.isFile()) {
        const hash = createHash("sha256")
          .update(readFileSync(join(root, path)))
          .digest("hex");
        tree.set(
          path,
          `file ${owner} ${found.size} ${hash} ${found.nlink > 1 ? (inodes.get(found.ino) ?? "first") : ""}`,
        );
        if (found.nlink > 1 && !inodes.has(found.ino)) inodes.set(found.ino, path);
      } else tree.set(path, `special ${owner}`);
    }
  };
  visit("");
  return tree;
}

/** Paths at which two trees differ, with both sides. */
export function differencesOf(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): Map<string, string> {
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
  return new Map(paths.sort().map((path) => [path, `${a.get(path) ?? "absent"} | ${b.get(path) ?? "absent"}`]));
}
