import type { PackageEntry, StoredPackage } from "@apkmill/apk";
import { requireWithin } from "@apkmill/core";
import type { Accounts } from "./accounts.ts";
import { baseNameOf, isPassedOver, isWhiteout, joinPath, parentOf, requireSafePath } from "./entry-path.ts";
import { layFile, layHardLink } from "./lay-file.ts";
import { attributesOf, beginPackage, conflictOf, hinder, type LaidPackage, type Laying } from "./laying.ts";
import { makeDirectory } from "./make-directory.ts";
import { takesDirectory } from "./precedence.ts";
import type { TreeNode } from "./install-tree.ts";

/**
 * Lays the entries of one package onto the tree, in archive order, as apk's commit would.
 *
 * Directories are shared; the precedence rules choose whose mode and owner they carry. Everything else has one owner.
 * A directory entry that meets a link to a directory leaves both as they are, and what is below it lands at the link's
 * target: a package that says `lib/x` fills `usr/lib/x` on a root whose `lib` is a link.
 *
 * @throws RootfsError ROOTFS_UNSAFE_PATH, ROOTFS_BAD_PARENT, ROOTFS_BAD_LINK, ROOTFS_DUPLICATE_PATH; CoreError LIMIT_EXCEEDED
 */
export function layPackage(laying: Laying, stored: StoredPackage, index: number, accounts: Accounts): LaidPackage {
  const { entries } = stored.contents;
  const laid = beginPackage(index, stored, accounts);
  requireWithin(`entries of ${laid.label}`, entries.length, laying.limits.entries);
  for (const [position, entry] of entries.entries()) {
    if (isPassedOver(entry.path)) passOver(laid, entry);
    else layEntry(laying, laid, entry, position);
  }
  if (entries.length === 0) hinder(laid, "it has no entries");
  return laid;
}

function passOver(laid: LaidPackage, { path }: PackageEntry): void {
  laid.dropped.push({ path, reason: "names that begin with a dot at the top level are not installed" });
  hinder(laid, `it carries ${path}, which is not installed`);
}

function layEntry(laying: Laying, laid: LaidPackage, entry: PackageEntry, position: number): void {
  requireSafePath(laid.label, entry.path, laying.limits);
  if (isWhiteout(entry.path)) hinder(laid, `an image layer would read ${entry.path} as a deletion`);
  // The database lists the root where its first file stands, and only if it has one.
  if (entry.type !== "directory" && parentOf(entry.path) === "") laid.directories.set("", laid.directories.get(""));
  const path = standingPath(laying, laid, entry.path);
  if (entry.type === "directory") layDirectory(laying, laid, entry, position, path);
  else if (entry.type === "hardlink") layHardLink(laying, laid, entry, path);
  else layFile(laying, laid, entry, { archived: entry.path, path, content: position });
}

/** Where `archived` lands: its directory resolved through links, and made when no package lists it. */
function standingPath(laying: Laying, laid: LaidPackage, archived: string): string {
  const parent = parentOf(archived);
  if (parent === "") return archived;
  const path = joinPath(makeDirectory(laying, laid.label, parent), baseNameOf(archived));
  if (path !== archived) hinder(laid, `${archived} crosses a link and stands at ${path}`);
  if (!laid.directories.has(parent)) {
    laid.directories.set(parent, undefined);
    hinder(laid, `its archive does not list the directory ${parent}`);
  }
  return path;
}

function layDirectory(laying: Laying, laid: LaidPackage, entry: PackageEntry, position: number, path: string): void {
  const attributes = attributesOf(laid, entry);
  laid.directories.set(entry.path, attributes === entry ? attributes : { ...attributes, mode: entry.mode });
  const node: TreeNode = { type: "directory", owner: laid.index, entry: position, attributes, reason: laid.label };
  const standing = laying.tree.at(path);
  if (standing === undefined || standing.type === "directory") {
    laying.tree.put(path, standing === undefined ? node : sharedDirectory(laying, node, standing));
    laid.standingDirectories += 1;
  } else if (standing.type === "symlink" && laying.tree.resolve(path).found === "directory") {
    laid.dropped.push({ path: entry.path, reason: `a link to ${standing.attributes.linkPath} stands there` });
    hinder(laid, `its directory ${entry.path} is a link to ${standing.attributes.linkPath} here`);
  } else {
    laying.conflicts.push(conflictOf(laying, laid, path, "directory", standing));
  }
}

/** Mode and owner are those of the package that goes before; the time is the last one's, so that stacked layers agree. */
function sharedDirectory(laying: Laying, newcomer: TreeNode, standing: TreeNode): TreeNode {
  if (newcomer.owner === standing.owner) return newcomer;
  const before = laying.packages[standing.owner]?.control;
  const after = laying.packages[newcomer.owner]?.control;
  if (before === undefined || after === undefined || takesDirectory(after, before)) return newcomer;
  return { ...standing, attributes: { ...standing.attributes, mtime: newcomer.attributes.mtime } };
}
