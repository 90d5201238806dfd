import { planLayeredChange, type InstallPlan, type InstallRequest, type RootChange } from "@apkmill/rootfs";
import { changedBase } from "./base-error.ts";
import type { BaseImage } from "./base-image.ts";
import { planEntries, sortTree, type BaseNode } from "./base-tree.ts";
import { baseRepositories, baseWorld } from "./base-settings.ts";

/** A plan of a base image with packages added to it. */
export interface BasePlan extends InstallPlan {
  /** Files of the base that stay although a package brings the same path, and why. */
  readonly kept: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * The whole tree of a base image with these packages laid onto it, as `apk add` lays them onto a root. Entries that nothing changes
 * keep the layer of the base as their source.
 * @throws RootfsError ROOTFS_CONFLICT where a package wants a file that one of the base has, and as planInstall ·
 *   ImageError IMAGE_BASE_CHANGED for what takes away something of the base
 */
export function planOnBase({ root, view, tree, name }: BaseImage, request: InstallRequest): BasePlan {
  const changes = request.packages.map(({ control }, index): RootChange => {
    const standing = root.packages.find((one) => one.name === control.name);
    if (standing !== undefined)
      throw changedBase(
        `${name} has ${standing.name}-${standing.version}, and ${control.version} is to be laid over it`,
      );
    return { kind: "install", package: index, tag: request.pins?.get(control.name) ?? "" };
  });
  const world = baseWorld(root, request.world);
  const repositories = baseRepositories(tree, request.repositories ?? []);
  const change = planLayeredChange({ ...request, root, view, changes, world, repositories });
  const nodes = new Map<string, BaseNode>(tree);
  for (const action of change.actions) {
    if (action.kind === "delete" || action.kind === "remove-directory")
      throw changedBase(`${action.path} would have to be deleted: ${action.reason}`);
    const standing = nodes.get(action.path);
    if (action.kind !== "settle-directory" || standing === undefined) continue;
    const { mode, uid, gid } = action;
    nodes.set(action.path, { ...standing, entry: { ...standing.entry, mode, uid, gid, uname: "", gname: "" } });
  }
  for (const entry of change.entries) {
    const first = entry.type === "hardlink" ? entry.linkPath : entry.path;
    const own = entry.type === "hardlink" ? { ...entry, type: "file" as const, linkPath: "" } : entry;
    nodes.set(entry.path, { entry: own, sha1: "", inode: `new:${first}`, certain: true });
  }
  return {
    arch: request.arch,
    entries: planEntries(sortTree(nodes)),
    packages: change.packages,
    databaseFolder: root.databaseFolder,
    kept: change.actions.flatMap((action) => (action.kind === "keep" ? [action] : [])),
  };
}
