import type { PathMutation } from "@apkmill/config";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import { requirePlaceable } from "./placeable.ts";
import { emptySha256 } from "./put-file.ts";

/**
 * Applies the configuration's `paths` in order (reference apko §1.5). Permissions that are left out mean 0755 for a new
 * directory and 0644 for a new file, and leave alone what is there already; a link has none of its own, and making one
 * never changes what it points at.
 * @throws ImageError IMAGE_PATH
 */
export function applyPaths(tree: ImageTree, mutations: readonly PathMutation[]): void {
  for (const mutation of mutations) apply(tree, mutation);
}

function apply(tree: ImageTree, mutation: PathMutation): void {
  const path = tree.place(mutation.path, "paths");
  switch (mutation.type) {
    case "directory":
      makeDirectory(tree, mutation, path);
      return;
    case "empty-file":
      makeEmptyFile(tree, mutation, path);
      return;
    case "symlink":
      makeSymlink(tree, mutation, path);
      return;
    case "hardlink":
      makeHardLink(tree, mutation, path);
      return;
    case "permissions":
      setAttributes(tree, mutation, requireStanding(tree, mutation, path));
      return;
  }
}

/** Missing parents get the same mode, as apko's do; owner and `recursive` are for the directory itself. */
function makeDirectory(tree: ImageTree, mutation: PathMutation, path: string): void {
  const real = targetOf(tree, mutation, path);
  const mode = mutation.permissions ?? 0o755;
  const standing = tree.get(real);
  if (standing === undefined) tree.put({ path: real, type: "directory", mode }, reasonOf(mutation), mode);
  else if (standing.type !== "directory") throw refusal(mutation, "something that is no directory stands there");
  setAttributes(tree, mutation, real);
}

/** What stands there becomes empty and keeps its mode and owner where the mutation names none. */
function makeEmptyFile(tree: ImageTree, mutation: PathMutation, path: string): void {
  const real = targetOf(tree, mutation, path);
  const standing = tree.get(real);
  if (standing !== undefined && standing.type !== "file" && standing.type !== "hardlink")
    throw refusal(mutation, "something that is no file stands there");
  const { mode = 0o644, uid = 0, gid = 0 } = standing ?? {};
  tree.put({ path: real, type: "file", mode, uid, gid, sha256: emptySha256 }, reasonOf(mutation));
  setAttributes(tree, mutation, real);
}

function makeSymlink(tree: ImageTree, mutation: PathMutation, path: string): void {
  if (tree.get(path) !== undefined) throw refusal(mutation, "something stands there already");
  const linkPath = requireSource(mutation);
  tree.put({ path, type: "symlink", mode: 0o777, linkPath, ...ownerOf(mutation) }, reasonOf(mutation));
}

/** One file with two names; what stood under the new name is replaced. */
function makeHardLink(tree: ImageTree, mutation: PathMutation, path: string): void {
  const target = tree.follow(requireSource(mutation));
  if (target?.type !== "file" && target?.type !== "hardlink") throw refusal(mutation, `${mutation.source} is no file`);
  tree.link(path, target, reasonOf(mutation));
  setAttributes(tree, mutation, path);
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
function setAttributes(tree: ImageTree, mutation: PathMutation, path: string): void {
  const { permissions, recursive } = mutation;
  const attributes = { ...(permissions === undefined ? {} : { mode: permissions & 0o7777 }), ...ownerOf(mutation) };
  for (const each of recursive ? tree.below(path) : [path]) {
    if (tree.get(each)?.type !== "symlink") tree.change(each, attributes, reasonOf(mutation));
  }
}

/** Where only one of the two is given the other is root's, as in apko. */
function ownerOf({ uid, gid }: PathMutation): { uid?: number; gid?: number } {
  return uid === undefined && gid === undefined ? {} : { uid: uid ?? 0, gid: gid ?? 0 };
}

function reasonOf({ path, type }: PathMutation): string {
  return `paths: ${path} (${type})`;
}

function requireSource(mutation: PathMutation): string {
  if (mutation.source === "") throw refusal(mutation, "it names no source");
  return mutation.source;
}

function refusal(mutation: PathMutation, why: string): ImageError {
  return new ImageError("IMAGE_PATH", `cannot make ${mutation.path} (${mutation.type}): ${why}`, {
    hint: "correct the entry of `paths`",
    context: { path: mutation.path },
  });
}
