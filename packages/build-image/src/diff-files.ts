import { compareBytes } from "@apkmill/core";
import { joinPath, sameDevice, sameXattrs, type LayerEntry } from "@apkmill/rootfs";
import type { StackedImage } from "./stacked-image.ts";

/** A path that only one of two images has, or that is not the same in both. Times do not count. */
export interface FileChange {
  readonly path: string;
  /** The package that the newer image's database gives it to, or the older one's; left out for what was generated. */
  readonly package?: string;
  readonly from?: FileState;
  readonly to?: FileState;
  /** For what both have. */
  readonly differs: readonly FileAspect[];
}

export type FileAspect = "type" | "mode" | "owner" | "size" | "content" | "target" | "device" | "xattrs";

export interface FileState {
  readonly type: string;
  /** Octal. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Of a file's content, 64 hex digits. */
  readonly sha256?: string;
  /** Of a symbolic link. */
  readonly target?: string;
}

/** By path. */
export function diffFiles(from: StackedImage, to: StackedImage): FileChange[] {
  const [oldOwners, newOwners] = [ownersOf(from), ownersOf(to)];
  const paths = [...new Set([...from.tree.keys(), ...to.tree.keys()])].sort(compareBytes);
  return paths.flatMap((path) => {
    const [old, now] = [from.tree.get(path)?.entry, to.tree.get(path)?.entry];
    const differs = old === undefined || now === undefined ? [] : differencesOf(old, now);
    if (old !== undefined && now !== undefined && differs.length === 0) return [];
    const owner = newOwners.get(path) ?? oldOwners.get(path);
    return [{ path, ...(owner === undefined ? {} : { package: owner }), ...states(old, now), differs }];
  });
}

function states(old: LayerEntry | undefined, now: LayerEntry | undefined): Pick<FileChange, "from" | "to"> {
  return {
    ...(old === undefined ? {} : { from: stateOf(old) }),
    ...(now === undefined ? {} : { to: stateOf(now) }),
  };
}

function stateOf({ type, mode, uid, gid, sizeBytes, sha256, linkPath }: LayerEntry): FileState {
  return {
    type,
    mode: mode.toString(8),
    uid,
    gid,
    sizeBytes,
    ...(type === "file" ? { sha256 } : {}),
    ...(type === "symlink" ? { target: linkPath } : {}),
  };
}

/** Links have no mode of their own. */
function differencesOf(old: LayerEntry, now: LayerEntry): FileAspect[] {
  const checks: readonly (readonly [FileAspect, boolean])[] = [
    ["type", old.type !== now.type],
    ["mode", old.mode !== now.mode && now.type !== "symlink"],
    ["owner", old.uid !== now.uid || old.gid !== now.gid],
    ["size", old.sizeBytes !== now.sizeBytes],
    ["content", old.type === "file" && now.type === "file" && old.sha256 !== now.sha256],
    ["target", old.type === "symlink" && now.type === "symlink" && old.linkPath !== now.linkPath],
    ["device", !sameDevice(old, now)],
    ["xattrs", !sameXattrs(old.xattrs, now.xattrs)],
  ];
  return checks.flatMap(([aspect, differs]) => (differs ? [aspect] : []));
}

/** Path → name of the package whose file it is; directories belong to nobody. */
function ownersOf(image: StackedImage): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { name, directories } of image.installed)
    for (const { path, files } of directories) {
      const directory = image.resolve(path) ?? path;
      for (const file of files) owners.set(joinPath(directory, file.name), name);
    }
  return owners;
}
