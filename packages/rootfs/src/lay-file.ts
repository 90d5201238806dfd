import type { PackageEntry } from "@apkmill/apk";
import { requireSafeLinkText, requireSafePath, unsafePath } from "./entry-path.ts";
import { takePath } from "./change/take-path.ts";
import { onDisk, type TreeNode } from "./install-tree.ts";
import { attributesOf, conflictOf, ownerAt, type LaidPackage, type Laying } from "./laying.ts";
import { decideFile, labelOf, type FileVerdict } from "./precedence.ts";
import { RootfsError } from "./rootfs-error.ts";

/** Where one entry goes, and the position of the entry whose content it has. */
interface Place {
  readonly archived: string;
  readonly directory: string;
  readonly path: string;
  readonly content: number;
}

/**
 * Lays a file, symbolic link, device or fifo: one path, one owner. `entry` gives content and attributes.
 * @throws RootfsError ROOTFS_DUPLICATE_PATH, ROOTFS_UNSAFE_PATH
 */
export function layFile(laying: Laying, laid: LaidPackage, entry: PackageEntry, place: Place): void {
  requireFirst(laying, laid, place);
  const node = nodeOf(laying, laid, entry, place.content);
  laid.contents.set(place.archived, place.content);
  const standing = laying.tree.at(place.path);
  const reason = decide(laying, laid, node, standing, place);
  if (reason === undefined) return;
  const explained = reason === node.reason ? node : { ...node, reason };
  if (laying.root === undefined) laying.tree.put(place.path, explained);
  else takePath(laying.tree, laying.root, explained, place);
  const { archived, directory, path } = place;
  laid.files.push({ archived, directory, path, attributes: node.attributes, sha1: entry.sha1 });
}

/**
 * Lays a further name of a file that this package brought before: content, mode, owner and time are the file's, as they
 * share an inode. The file itself may have lost its own path to another package; its content is still this package's.
 * @throws RootfsError ROOTFS_BAD_LINK, ROOTFS_DUPLICATE_PATH, ROOTFS_UNSAFE_PATH
 */
export function layHardLink(
  laying: Laying,
  laid: LaidPackage,
  entry: PackageEntry,
  place: Pick<Place, "directory" | "path">,
): void {
  requireSafePath(laid.label, entry.linkPath, laying.limits);
  const content = laid.contents.get(entry.linkPath);
  if (content === undefined) throw badLink(laid, entry, "the package has brought no such file before");
  const target = laid.stored.contents.entries[content];
  if (target?.type !== "file") throw badLink(laid, entry, `that is a ${target?.type ?? "nothing"}`);
  layFile(laying, laid, target, { ...place, archived: entry.path, content });
}

/** The reason why the newcomer's node stands, or undefined when it does not. */
function decide(
  laying: Laying,
  laid: LaidPackage,
  node: TreeNode,
  standing: TreeNode | undefined,
  place: Place,
): string | undefined {
  const verdict = judge(laying, laid, standing, place.path);
  if (verdict.winner === "newcomer") return verdict.why;
  if (verdict.winner === "owner") drop(laid, place, verdict.why);
  else if (laying.identicalFiles === "keep-first" && isIdentical(node, standing)) {
    drop(laid, place, `${standing.reason} has the same there`);
  } else {
    laying.conflicts.push(conflictOf(laying, laid, place.path, node.type, standing));
  }
  return undefined;
}

function judge(laying: Laying, laid: LaidPackage, standing: TreeNode | undefined, path: string): FileVerdict {
  // rename(2) puts no file over a directory: not even a package that replaces the other can do that.
  if (standing?.type === "directory") return neither;
  const index = laying.root === undefined ? standing?.owner : laying.root.owners.get(path);
  const owner = index === undefined ? undefined : laying.claimants[index];
  if (index === undefined || owner === undefined) {
    return standing === undefined || standing.owner === onDisk ? { winner: "newcomer", why: laid.label } : neither;
  }
  if (laying.root?.leaving.has(index) === true) return { winner: "newcomer", why: `${labelOf(owner)} is removed` };
  return decideFile(laid.stored.control, owner);
}

const neither = { winner: "neither" } as const;

function drop(laid: LaidPackage, { archived }: Place, reason: string): void {
  laid.dropped.push({ path: archived, reason });
}

/** By the sums that packages state, which is how apko tells. */
function isIdentical(a: TreeNode, b: TreeNode | undefined): b is TreeNode {
  return (
    b !== undefined &&
    a.type === b.type &&
    (a.type === "file" || a.type === "symlink") &&
    a.attributes.sha1 === b.attributes.sha1 &&
    a.attributes.linkPath === b.attributes.linkPath
  );
}

function nodeOf(laying: Laying, laid: LaidPackage, entry: PackageEntry, position: number): TreeNode {
  const { type, path } = entry;
  if (type === "hardlink") throw badLink(laid, entry, "that is a hard link itself");
  if (type === "symlink") requireSafeLinkText(laid.label, path, entry.linkPath, laying.limits);
  if ((type === "character" || type === "block") && entry.device === undefined) {
    throw unsafePath(laid.label, path, `the ${type} device has no number`);
  }
  return { type, owner: laid.index, entry: position, attributes: attributesOf(laid, entry), reason: laid.label };
}

/** tar would let the last of two equal names win, apk's database could list only one: such an archive is refused. */
function requireFirst(laying: Laying, laid: LaidPackage, { archived, path }: Place): void {
  const same = laid.contents.has(archived) || laid.directories.has(archived);
  if (!same && ownerAt(laying, path) !== laid.index) return;
  throw new RootfsError(
    "ROOTFS_DUPLICATE_PATH",
    `cannot lay ${archived} of ${laid.label}: the package brings it twice`,
    {
      hint: "rebuild the package so that every path occurs once",
      context: { package: laid.label, path: archived },
    },
  );
}

function badLink(laid: LaidPackage, { path, linkPath }: PackageEntry, problem: string): RootfsError {
  return new RootfsError("ROOTFS_BAD_LINK", `cannot link ${path} of ${laid.label} to ${linkPath}: ${problem}`, {
    hint: "rebuild the package: the file must stand before the hard links to it",
    context: { package: laid.label, path },
  });
}
