import { compareBytes } from "@apkmill/core";
import { nobody, type InstallTree, type TreeNode } from "./install-tree.ts";
import type { EntrySource, PlannedEntry } from "./plan.ts";

/**
 * The tree as a sorted list. Names that share a file are brought into one form: the first in order is the file, the
 * others are hard links to it, whichever of them the archive called the file.
 */
export function collectEntries(tree: InstallTree): PlannedEntry[] {
  const firstNames = new Map<string, string>();
  return [...tree.entries()]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([path, node]) => plannedEntry(path, node, firstNameOf(firstNames, path, node)));
}

function firstNameOf(firstNames: Map<string, string>, path: string, node: TreeNode): string {
  if (node.type !== "file" || node.owner === nobody) return path;
  const inode = `${node.owner}:${node.entry}`;
  const first = firstNames.get(inode) ?? path;
  firstNames.set(inode, first);
  return first;
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
