import { nobody, type InstallTree, type TreeNode } from "./install-tree.ts";
import type { EntrySource, PlannedEntry } from "./plan.ts";

/**
 * The tree as a sorted list. Names that share a file are brought into one form: the first in order is the file, the
 * others are hard links to it, whichever of them the archive called the file.
 */
export function collectEntries(tree: InstallTree): PlannedEntry[] {
  const nodes = new Map(tree.entries());
  const firstNames = new Map<number, string>();
  // Without a function to compare with, strings are sorted by their code units, as `compareBytes` has it, and much faster.
  return [...nodes.keys()].sort().flatMap((path) => {
    const node = nodes.get(path);
    return node === undefined ? [] : [plannedEntry(path, node, firstNameOf(firstNames, path, node))];
  });
}

/** More than entries of any package. */
const mostEntries = 2 ** 31;

function firstNameOf(firstNames: Map<number, string>, path: string, node: TreeNode): string {
  if (node.type !== "file" || node.owner === nobody) return path;
  const inode = node.owner * mostEntries + node.entry;
  const first = firstNames.get(inode);
  if (first === undefined) firstNames.set(inode, path);
  return first ?? path;
}

function plannedEntry(path: string, node: TreeNode, firstName: string): PlannedEntry {
  const { mode, uid, gid, uname, gname, mtime, sizeBytes, linkPath, device, xattrs, sha256 } = node.attributes;
  const isLink = firstName !== path;
  return {
    path,
    type: isLink ? "hardlink" : node.type,
    mode,
    uid,
    gid,
    uname,
    gname,
    mtime,
    sizeBytes,
    linkPath: isLink ? firstName : linkPath,
    ...(device === undefined ? {} : { device }),
    xattrs,
    sha256,
    source: sourceOf(node),
    reason: node.reason,
  };
}

function sourceOf({ owner, entry, content }: TreeNode): EntrySource {
  if (owner === nobody) return { kind: "generated", content: content ?? noContent };
  return { kind: "package", package: owner, entry };
}

const noContent = new Uint8Array(0);
