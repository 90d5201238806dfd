import { ancestorsOf } from "./entry-path.ts";
import { nobody, type InstallTree, type TreeNode } from "./install-tree.ts";
import { RootfsError } from "./rootfs-error.ts";

interface Ground {
  readonly tree: InstallTree;
  /** Of the directories that are made. */
  readonly mtime: number;
}

/**
 * Resolves a directory and makes what is missing on the way: 0755, root's. Returns the physical path.
 * @throws RootfsError ROOTFS_BAD_PARENT when a file, or a link that leads nowhere, is in the way
 */
export function makeDirectory(ground: Ground, reason: string, directory: string): string {
  const resolution = ground.tree.resolve(directory);
  if (resolution.found === "directory") return resolution.path;
  if (resolution.found === "obstacle") throw badParent(reason, directory, resolution);
  for (const path of [...ancestorsOf(resolution.path), resolution.path]) {
    if (ground.tree.at(path) === undefined) ground.tree.put(path, impliedDirectory(ground.mtime, reason));
  }
  return resolution.path;
}

function impliedDirectory(mtime: number, reason: string): TreeNode {
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root" };
  const attributes = {
    mode: 0o755,
    ...owner,
    mtime,
    sizeBytes: 0,
    linkPath: "",
    xattrs: new Map(),
    sha1: "",
    sha256: "",
  };
  return { type: "directory", owner: nobody, entry: nobody, attributes, reason: `implied by ${reason}` };
}

function badParent(owner: string, directory: string, obstacle: { path: string; problem: string }): RootfsError {
  return new RootfsError(
    "ROOTFS_BAD_PARENT",
    `cannot lay what ${owner} has in ${directory}: ${obstacle.path} ${obstacle.problem}`,
    {
      hint: "leave out the package, or the one that put the obstacle there",
      context: { package: owner, path: directory },
    },
  );
}
