import type { InstalledPackage } from "@apkmill/apk";
import { joinPath } from "../entry-path.ts";
import type { InstallTree } from "../install-tree.ts";
import { labelOf } from "../precedence.ts";
import { isUnchanged } from "./fingerprint.ts";
import type { StandingRoot } from "./standing-root.ts";

/**
 * Takes away the files that are still an installed package's own, when it is removed or another version was laid over it.
 * A file that the administrator changed in a protected directory stays, and is nobody's then; what was laid beside such a
 * file as `.apk-new` goes in any case.
 */
export function purge(
  tree: InstallTree,
  root: StandingRoot,
  old: { readonly index: number; readonly installed: InstalledPackage },
  { evenChanged }: { readonly evenChanged: boolean },
): void {
  for (const directory of old.installed.directories) {
    const place = tree.resolve(directory.path);
    if (place.found !== "directory") continue;
    const isProtected = root.isProtected(directory.path);
    for (const { name } of directory.files) {
      const path = joinPath(place.path, name);
      if (root.owners.get(path) !== old.index) continue;
      const mayGo = !isProtected || evenChanged || isUnchanged(tree, root, path);
      root.owners.delete(path);
      root.fingerprints.delete(path);
      if (mayGo) takeAway(tree, path);
      else root.kept.set(path, `changed since ${labelOf(old.installed)} brought it`);
      if (isProtected) takeAway(tree, `${path}.apk-new`);
    }
  }
}

/** A directory that stands where the package had a file is left alone, as unlink(2) would. */
function takeAway(tree: InstallTree, path: string): void {
  const standing = tree.at(path);
  if (standing !== undefined && standing.type !== "directory") tree.remove(path);
}
