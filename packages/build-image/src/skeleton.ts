import type { ImageTree } from "./image-tree.ts";

/**
 * What a root needs to be run in, whether or not a package brings it: apko's directories and device nodes (reference apko
 * §4.4), without which an image of a few packages has no /tmp and is of no use to chroot.
 */
const directories: readonly (readonly [path: string, mode: number])[] = [
  ["dev", 0o755],
  ["etc", 0o755],
  ["opt", 0o755],
  ["proc", 0o555],
  ["tmp", 0o1777],
  ["usr", 0o755],
  ["var", 0o755],
  ["var/cache", 0o755],
  ["var/cache/apk", 0o755],
  ["var/cache/misc", 0o755],
];

const devices: readonly (readonly [path: string, mode: number, major: number, minor: number])[] = [
  ["dev/console", 0o620, 5, 1],
  ["dev/null", 0o666, 1, 3],
  ["dev/random", 0o666, 1, 8],
  ["dev/urandom", 0o666, 1, 9],
  ["dev/zero", 0o666, 1, 5],
];

/** Adds what is missing; a package's own entry stays as it is. */
export function addSkeleton(tree: ImageTree): void {
  for (const [path, mode] of directories) {
    if (tree.follow(path) === undefined)
      tree.put({ path: tree.resolve(path) ?? path, type: "directory", mode }, "skeleton");
  }
  for (const [path, mode, major, minor] of devices) {
    if (tree.follow(path) === undefined)
      tree.put({ path: tree.resolve(path) ?? path, type: "character", mode, device: { major, minor } }, "device node");
  }
}

/** True for a path that {@link addSkeleton} may have made. */
export function isSkeleton(path: string): boolean {
  return directories.some(([known]) => known === path);
}
