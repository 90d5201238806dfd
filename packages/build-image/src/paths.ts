import type { PathMutation } from "@apkmill/config";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";

/**
 * Applies the configuration's `paths` in order. Permissions that are left out mean 0755 for a directory and 0644 for a file; a link
 * has none of its own, and making one never changes what it points at.
 * @throws ImageError IMAGE_PATH
 */
export function applyPaths(tree: ImageTree, mutations: readonly PathMutation[]): void {
  for (const mutation of mutations) apply(tree, mutation);
}

function apply(tree: ImageTree, mutation: PathMutation): void {
  const path = tree.place(mutation.path, `paths: ${mutation.path}`);
  const owner = ownerOf(mutation);
  const reason = `path of the configuration (${mutation.type})`;
  switch (mutation.type) {
    case "directory": {
      const mode = mutation.permissions ?? 0o755;
      const standing = tree.get(path);
      if (standing === undefined) tree.put({ path, type: "directory", mode, ...owner }, reason);
      else if (tree.follow(path)?.type !== "directory")
        throw refuse(mutation, "something that is no directory stands there");
      setAttributes(tree, mutation, tree.resolve(path) ?? path, { mode, ...owner });
      return;
    }
    case "empty-file":
      tree.put({ path, type: "file", mode: mutation.permissions ?? 0o644, sha256: emptySha256, ...owner }, reason);
      return;
    case "symlink":
      if (tree.get(path) !== undefined) throw refuse(mutation, "something stands there already");
      tree.put({ path, type: "symlink", mode: 0o777, linkPath: requireSource(mutation), ...owner }, reason);
      return;
    case "hardlink":
      linkHard(tree, mutation, path, reason);
      return;
    case "permissions": {
      const target = tree.resolve(path);
      if (target === undefined || tree.get(target) === undefined) throw refuse(mutation, "nothing stands there");
      setAttributes(tree, mutation, target, {
        ...(mutation.permissions === undefined ? {} : { mode: mutation.permissions }),
        ...owner,
      });
      return;
    }
  }
}

const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** A real hard link: one file with two names, as the tar says it, not a copy. */
function linkHard(tree: ImageTree, mutation: PathMutation, path: string, reason: string): void {
  const source = tree.resolve(requireSource(mutation));
  const target = source === undefined ? undefined : tree.get(source);
  if (target === undefined || (target.type !== "file" && target.type !== "hardlink"))
    throw refuse(mutation, `${mutation.source} is no file`);
  const linkPath = target.type === "hardlink" ? target.linkPath : target.path;
  if (path < linkPath) throw refuse(mutation, "its name must come after that of its source"); // The plan lists a file's content under its first name.
  const { mode, uid, gid, uname, gname, mtime, sizeBytes, xattrs, sha256, source: content } = target;
  tree.put(
    {
      path,
      type: "hardlink",
      linkPath,
      mode,
      uid,
      gid,
      uname,
      gname,
      mtime,
      sizeBytes,
      xattrs,
      sha256,
      source: content,
    },
    reason,
  );
  if (mutation.permissions !== undefined || mutation.uid !== undefined || mutation.gid !== undefined) {
    tree.change(
      path,
      { ...(mutation.permissions === undefined ? {} : { mode: mutation.permissions }), ...ownerOf(mutation) },
      reason,
    );
  }
}

function setAttributes(
  tree: ImageTree,
  mutation: PathMutation,
  path: string,
  attributes: { mode?: number; uid?: number; gid?: number },
): void {
  const paths = mutation.recursive ? tree.below(path).filter((below) => tree.get(below)?.type !== "symlink") : [path];
  for (const each of paths) tree.change(each, attributes, `changed by paths: ${mutation.path}`);
}

function ownerOf({ uid, gid }: PathMutation): { uid?: number; gid?: number } {
  return uid === undefined && gid === undefined ? {} : { uid: uid ?? 0, gid: gid ?? 0 };
}

function requireSource(mutation: PathMutation): string {
  if (mutation.source === "") throw refuse(mutation, "it names no source");
  return mutation.source;
}

function refuse(mutation: PathMutation, why: string): ImageError {
  return new ImageError("IMAGE_PATH", `paths: cannot make ${mutation.path} (${mutation.type}): ${why}`, {
    context: { path: mutation.path },
  });
}
