import type { IndexRecord, PackageEntry, StoredPackage } from "@apkmill/apk";
import { requireWithin } from "@apkmill/core";
import type { Accounts } from "./accounts.ts";
import { deletionIn } from "./deletion.ts";
import { baseNameOf, isPassedOver, joinPath, parentLike, requireSafePath } from "./entry-path.ts";
import { layFile, layHardLink } from "./lay-file.ts";
import { attributesOf, beginPackage, conflictOf, hinder, type LaidPackage, type Laying } from "./laying.ts";
import { makeDirectory } from "./make-directory.ts";
import { takesDirectory } from "./precedence.ts";
import { onDisk, type TreeNode } from "./install-tree.ts";

export interface PackageToLay {
  readonly stored: StoredPackage;
  /** Among the packages of the request. */
  readonly index: number;
  /** As the root has them now. */
  readonly accounts: Accounts;
  /** What its index says of it, where one is known. */
  readonly record: IndexRecord | undefined;
}

/**
 * Lays the entries of one package onto the tree, in archive order, as apk's commit would.
 *
 * Directories are shared; the precedence rules choose whose mode and owner they carry. Everything else has one owner.
 * A directory entry that meets a link to a directory leaves both as they are, and what is below it lands at the link's
 * target: a package that says `lib/x` fills `usr/lib/x` on a root whose `lib` is a link.
 *
 * @throws RootfsError ROOTFS_UNSAFE_PATH, ROOTFS_BAD_PARENT, ROOTFS_BAD_LINK, ROOTFS_DUPLICATE_PATH; CoreError LIMIT_EXCEEDED
 */
export function layPackage(laying: Laying, { stored, index, accounts, record }: PackageToLay): LaidPackage {
  const { entries, oddity } = stored.contents;
  const laid = beginPackage(index, stored, accounts);
  if ((record ?? stored.control).installedSizeBytes === 0) return withoutContents(laid);
  requireWithin(`entries of ${laid.label}`, entries.length, laying.limits.entries, "entries");
  let directory = "";
  for (const [position, entry] of entries.entries()) {
    directory = parentLike(entry.path, directory);
    if (isPassedOver(entry.path)) passOver(laid, entry);
    else layEntry(laying, laid, entry, { position, directory });
  }
  if (entries.length === 0) hinder(laid, "it has no entries");
  if (oddity !== undefined) hinder(laid, `its archive has ${oddity}, which not every runtime unpacks`);
  return laid;
}

/** A package of size 0 is known from its index alone: apk does not even fetch it, so nothing of it is laid or recorded. */
function withoutContents(laid: LaidPackage): LaidPackage {
  hinder(laid, "its installed size is 0, so that apk takes nothing of it");
  return { ...laid, scripts: new Map(), triggers: [] };
}

function passOver(laid: LaidPackage, { path }: PackageEntry): void {
  laid.dropped.push({ path, reason: "names that begin with a dot at the top level are not installed" });
  hinder(laid, `it carries ${path}, which is not installed`);
}

/** Where an entry stands in its archive, and in which directory of it. */
interface Origin {
  readonly position: number;
  readonly directory: string;
}

function layEntry(laying: Laying, laid: LaidPackage, entry: PackageEntry, { position, directory }: Origin): void {
  requireSafePath(laid.label, entry.path, laying.limits);
  const deletion = deletionIn(entry);
  if (deletion !== undefined) {
    laid.deletion ??= { path: entry.path, reason: deletion };
    hinder(laid, `an image layer cannot hold ${entry.path}: ${deletion}`);
  }
  // The database lists the root where its first file stands, and only if it has one.
  if (entry.type !== "directory" && directory === "") laid.directories.set("", laid.directories.get(""));
  const path = standingPath(laying, laid, entry.path, directory);
  if (entry.type === "directory") layDirectory(laying, laid, entry, position, path);
  else if (entry.type === "hardlink") layHardLink(laying, laid, entry, { directory, path });
  else layFile(laying, laid, entry, { archived: entry.path, directory, path, content: position });
}

/** Where `archived` lands: its directory resolved through links, and made when no package lists it. */
function standingPath(laying: Laying, laid: LaidPackage, archived: string, directory: string): string {
  if (directory === "") return archived;
  const standing = makeDirectory(laying, laid.label, directory);
  const path = standing === directory ? archived : joinPath(standing, baseNameOf(archived));
  if (path !== archived) hinder(laid, `${archived} crosses a link and stands at ${path}`);
  if (!laid.directories.has(directory)) {
    laid.directories.set(directory, undefined);
    hinder(laid, `its archive does not list the directory ${directory}`);
  }
  return path;
}

function layDirectory(laying: Laying, laid: LaidPackage, entry: PackageEntry, position: number, path: string): void {
  const attributes = attributesOf(laid, entry);
  // Docker refuses such a layer, and apk makes nothing of it.
  if (laid.directories.get(entry.path) !== undefined)
    hinder(laid, `its archive lists the directory ${entry.path} twice`);
  laid.directories.set(entry.path, attributes === entry ? attributes : { ...attributes, mode: entry.mode });
  const node: TreeNode = { type: "directory", owner: laid.index, entry: position, attributes, reason: laid.label };
  const standing = laying.tree.at(path);
  if (standing === undefined || standing.type === "directory") {
    // The change of a directory that the disk has is decided when all packages are laid.
    if (standing?.owner !== onDisk) {
      laying.tree.put(path, standing === undefined ? node : sharedDirectory(laying, node, standing));
    }
    laid.standingDirectories += 1;
  } else if (standing.type === "symlink" && leadsOn(laying, laid, path)) {
    laid.dropped.push({ path: entry.path, reason: `a link to ${standing.attributes.linkPath} stands there` });
    hinder(laid, `its directory ${entry.path} is a link to ${standing.attributes.linkPath} here`);
  } else {
    laying.conflicts.push(conflictOf(laying, laid, path, "directory", standing));
  }
}

/** A link to a directory stays where a directory is wanted, unless it goes with the package that brought it. */
function leadsOn(laying: Laying, laid: LaidPackage, path: string): boolean {
  const owner = laying.root?.owners.get(path);
  if (owner !== undefined && isGoing(laying, laid, owner)) return false;
  return laying.tree.resolve(path).found === "directory";
}

function isGoing(laying: Laying, laid: LaidPackage, owner: number): boolean {
  return laying.root?.leaving.has(owner) === true || laying.claimants[owner]?.name === laid.stored.control.name;
}

/** Mode and owner are those of the package that goes before; the time is the last one's, so that stacked layers agree. */
function sharedDirectory(laying: Laying, newcomer: TreeNode, standing: TreeNode): TreeNode {
  if (newcomer.owner === standing.owner) return newcomer;
  const before = laying.claimants[standing.owner];
  const after = laying.claimants[newcomer.owner];
  if (before === undefined || after === undefined) return newcomer;
  if (takesDirectory(after, before)) return changedDirectory(laying, newcomer, standing);
  return { ...standing, attributes: { ...standing.attributes, mtime: newcomer.attributes.mtime } };
}

/** A directory that stands is changed with chmod(2), and only where the newcomer says otherwise: that takes every bit. */
function changedDirectory({ packages }: Laying, newcomer: TreeNode, standing: TreeNode): TreeNode {
  const before = packages[standing.owner]?.contents.entries[standing.entry];
  const mode = packages[newcomer.owner]?.contents.entries[newcomer.entry]?.mode;
  if (before === undefined || mode === undefined) return newcomer;
  const { uid, gid } = standing.attributes;
  const isSame = mode === before.mode && uid === newcomer.attributes.uid && gid === newcomer.attributes.gid;
  return { ...newcomer, attributes: { ...newcomer.attributes, mode: isSame ? standing.attributes.mode : mode } };
}
