import { nobody, onDisk, type InstallTree, type TreeNode } from "../install-tree.ts";
import { joinPath } from "../entry-path.ts";
import type { InstalledPackage } from "@apkmill/apk";
import { recordedFingerprint, type Fingerprint } from "./fingerprint.ts";
import type { RootView } from "./root-view.ts";

/** What stands on the disk, as nodes of a tree that packages are laid onto. */
export function groundOf(view: RootView): (path: string) => TreeNode | undefined {
  return (path) => {
    const standing = view.at(path);
    if (standing === undefined) return undefined;
    const attributes = { ...standing, uname: "", gname: "", xattrs: noXattrs, sha1: standing.sha1 ?? "", sha256: "" };
    return { type: standing.type, owner: onDisk, entry: nobody, attributes, reason: "the root" };
  };
}

const noXattrs: ReadonlyMap<string, Uint8Array> = new Map();

/**
 * Whose are the files that the database lists, and what did their packages put there? By physical path: links on the way
 * are followed inside the root. Packages are numbered from `first` on. Directories that do not stand have no files.
 */
export function recordedFiles(
  tree: InstallTree,
  installed: readonly InstalledPackage[],
  first: number,
): { readonly owners: Map<string, number>; readonly fingerprints: Map<string, Fingerprint> } {
  const owners = new Map<string, number>();
  const fingerprints = new Map<string, Fingerprint>();
  for (const [index, one] of installed.entries()) {
    for (const directory of one.directories) {
      const place = tree.resolve(directory.path);
      if (place.found === "obstacle") continue;
      for (const file of directory.files) {
        const path = joinPath(place.path, file.name);
        owners.set(path, first + index);
        const fingerprint = recordedFingerprint(one, file);
        if (fingerprint !== undefined) fingerprints.set(path, fingerprint);
      }
    }
  }
  return { owners, fingerprints };
}
