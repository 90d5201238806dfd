import type { ImageConfig, PathMutation } from "@apkmill/config";
import { requireWithin, type Limits } from "@apkmill/core";
import { atValue } from "./at-value.ts";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import { hasControl, isDatabase, longestPath, requirePlaceable } from "./placeable.ts";
import { emptySha256 } from "./put-file.ts";

/**
 * Applies the configuration's `paths` in order (reference apko §1.5). Permissions that are left out mean 0755 for a new
 * directory and 0644 for a new file, and leave alone what is there already; a link has none of its own, and making one
 * never changes what it points at.
 * @throws ImageError IMAGE_PATH · CoreError LIMIT_EXCEEDED
 */
export function applyPaths(tree: ImageTree, config: ImageConfig, limits: Limits): void {
  requireWithin("paths", config.paths.length, limits.entries, "entries");
  let changes = 0;
  for (const mutation of config.paths) {
    changes += atValue(config, "paths", mutation.path, () => apply(tree, mutation));
    requireWithin(`changes by paths, with ${mutation.path}`, changes, mostChanges);
  }
}

/** A recursive entry that is repeated a thousand times over a large tree would take hours: a change takes some microseconds. */
const mostChanges = 2_000_000;

/** Returns how many entries it changed. */
function apply(tree: ImageTree, mutation: PathMutation): number {
  requireOwner(mutation);
  requireMode(mutation);
  const path = tree.place(mutation.path, "paths");
  switch (mutation.type) {
    case "directory":
      return makeDirectory(tree, mutation, path);
    case "empty-file":
      return makeEmptyFile(tree, mutation, path);
    case "symlink":
      return makeSymlink(tree, mutation, path);
    case "hardlink":
      return makeHardLink(tree, mutation, path);
    case "permissions":
      return setAttributes(tree, mutation, requireStanding(tree, mutation, path));
  }
}

/** To the calls that set an owner the largest number means "no change": what is below would be left to root. */
function requireOwner(mutation: PathMutation): void {
  const isNone = (id: number | undefined): boolean => id === 0xffff_ffff;
  if (isNone(mutation.uid) || isNone(mutation.gid)) throw refusal(mutation, "4294967295 stands for no owner");
}

/** apko leaves out what is beyond the twelve bits of a mode. */
function requireMode(mutation: PathMutation): void {
  const { permissions = 0 } = mutation;
  if (permissions > 0o7777) throw refusal(mutation, `0o${permissions.toString(8)} is no mode: it has more than 0o7777`);
}

/** Missing parents get the same mode, as apko's do; owner and `recursive` are for the directory itself. */
function makeDirectory(tree: ImageTree, mutation: PathMutation, path: string): number {
  const real = targetOf(tree, mutation, path);
  const mode = mutation.permissions ?? 0o755;
  const standing = tree.get(real);
  if (standing === undefined) tree.put({ path: real, type: "directory", mode }, reasonOf(mutation), mode);
  else if (standing.type !== "directory") throw refusal(mutation, "something that is no directory stands there");
  return setAttributes(tree, mutation, real);
}

/** What stands there becomes empty and keeps its mode and owner where the mutation names none. */
function makeEmptyFile(tree: ImageTree, mutation: PathMutation, path: string): number {
  const real = targetOf(tree, mutation, path);
  const standing = tree.get(real);
  if (standing !== undefined && standing.type !== "file" && standing.type !== "hardlink")
    throw refusal(mutation, "something that is no file stands there");
  const { mode = 0o644, uid = 0, gid = 0 } = standing ?? {};
  tree.put({ path: real, type: "file", mode, uid, gid, sha256: emptySha256 }, reasonOf(mutation));
  return setAttributes(tree, mutation, real);
}

function makeSymlink(tree: ImageTree, mutation: PathMutation, path: string): number {
  if (tree.get(path) !== undefined) throw refusal(mutation, "something stands there already");
  const linkPath = requireSource(mutation);
  if (hasControl(linkPath) || Buffer.byteLength(linkPath) > longestPath)
    throw refusal(mutation, "its source cannot be the text of a link");
  tree.put({ path, type: "symlink", mode: 0o777, linkPath, ...ownerOf(mutation) }, reasonOf(mutation));
  return 1;
}

/** One file with two names; what stood under the new name is replaced. */
function makeHardLink(tree: ImageTree, mutation: PathMutation, path: string): number {
  const target = tree.follow(requireSource(mutation));
  if (target?.type !== "file" && target?.type !== "hardlink")
    throw refusal(mutation, `${JSON.stringify(mutation.source.slice(0, 200))} is no file`);
  // Through another name its owner and mode could be changed.
  if (isDatabase(target.path)) throw refusal(mutation, `${target.path} is part of the package database`);
  tree.link(path, target, reasonOf(mutation));
  return setAttributes(tree, mutation, path);
}

/** Where a path leads when its last name is a link: there the file or directory is made. */
function targetOf(tree: ImageTree, mutation: PathMutation, path: string): string {
  const real = tree.resolve(path);
  if (real === undefined) throw refusal(mutation, "its links go round");
  requirePlaceable("paths", real, mutation.path);
  return real;
}

function requireStanding(tree: ImageTree, mutation: PathMutation, path: string): string {
  const real = targetOf(tree, mutation, path);
  if (tree.get(real) === undefined) throw refusal(mutation, "nothing stands there");
  return real;
}

/** With `recursive` for all that is below as well, files and directories alike; links keep theirs. */
function setAttributes(tree: ImageTree, mutation: PathMutation, path: string): number {
  const { permissions, recursive } = mutation;
  const attributes = { ...(permissions === undefined ? {} : { mode: permissions }), ...ownerOf(mutation) };
  const paths = recursive ? tree.below(path) : [path];
  for (const each of paths) {
    if (tree.get(each)?.type !== "symlink") tree.change(each, attributes, reasonOf(mutation));
  }
  return paths.length;
}

/** Where only one of the two is given the other is root's, as in apko. */
function ownerOf({ uid, gid }: PathMutation): { uid?: number; gid?: number } {
  return uid === undefined && gid === undefined ? {} : { uid: uid ?? 0, gid: gid ?? 0 };
}

function reasonOf({ path, type }: PathMutation): string {
  return `paths: ${path.slice(0, 200)} (${type})`;
}

function requireSource(mutation: PathMutation): string {
  if (mutation.source === "") throw refusal(mutation, "it names no source");
  return mutation.source;
}

function refusal(mutation: PathMutation, why: string): ImageError {
  return new ImageError("IMAGE_PATH", `cannot make ${mutation.path.slice(0, 200)} (${mutation.type}): ${why}`, {
    hint: "correct the entry of `paths`",
    context: { path: mutation.path.slice(0, 200) },
  });
}
