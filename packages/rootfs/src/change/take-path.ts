import { parentOf } from "../entry-path.ts";
import type { InstallTree, TreeNode } from "../install-tree.ts";
import { broughtFingerprint, isUnchanged, matches } from "./fingerprint.ts";
import type { StandingRoot } from "./standing-root.ts";

/**
 * Gives a path to a package that may have it, in a root where something may stand there already (reference apk-formats A8).
 * Where the administrator may have changed it, that stays, and what the package brings goes beside it as `NAME.apk-new`;
 * unless both are the same. The path is the package's either way.
 */
export function takePath(
  tree: InstallTree,
  root: StandingRoot,
  node: TreeNode,
  { archived, path }: { readonly archived: string; readonly path: string },
): void {
  const isFree = !root.isProtected(parentOf(archived)) || isUnchanged(tree, root, path);
  root.owners.set(path, node.owner);
  const brought = broughtFingerprint(node);
  if (!isFree && brought !== undefined && matches(root.view, path, brought)) keepSame(tree, root, path, node);
  else if (isFree) tree.put(path, node);
  else {
    root.kept.set(path, "changed here; the package's is beside it as .apk-new");
    tree.put(`${path}.apk-new`, { ...node, reason: `${node.reason}: ${path} was changed here` });
  }
  if (brought === undefined) root.fingerprints.delete(path);
  else root.fingerprints.set(path, brought);
}

/** The same content: the administrator's mode and owner stay. Where these are the same too, names of one file stay one file. */
function keepSame(tree: InstallTree, root: StandingRoot, path: string, node: TreeNode): void {
  const standing = root.view.at(path);
  const { mode, uid, gid, mtime } = node.attributes;
  const isSame =
    standing?.type === node.type &&
    [standing.mode, standing.uid, standing.gid, standing.mtime].every(
      (value, at) => value === [mode, uid, gid, mtime][at],
    );
  if (isSame) tree.put(path, node);
  else root.kept.set(path, "has the package's content already");
}
