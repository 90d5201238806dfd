import type { TarEntry, TarEntryType } from "@apkmill/archive";
import { baseNameOf, joinPath, parentOf } from "./entry-path.ts";

/**
 * What stands where while packages are laid down one by one: a file system in memory, with the one property of real ones
 * that matters here: a symbolic link on the way to a path leads elsewhere, and never out of the root.
 * Paths given to `at` and `put` are physical (no link on the way); `resolve` makes them so.
 */
export interface TreeNode {
  readonly type: Exclude<TarEntryType, "hardlink">;
  /** Index of the package whose entry this is; `nobody` for directories that no package lists, and generated entries. */
  readonly owner: number;
  /** Index of the archive entry whose content and attributes these are. */
  readonly entry: number;
  readonly attributes: NodeAttributes;
  readonly reason: string;
  /** Of a generated file. */
  readonly content?: Uint8Array;
}

export type NodeAttributes = Pick<
  TarEntry,
  "mode" | "uid" | "gid" | "uname" | "gname" | "mtime" | "sizeBytes" | "linkPath" | "device" | "xattrs"
> & {
  /** Of a file's content, 40 and 64 hex digits, where they are known; "" otherwise. */
  readonly sha1: string;
  readonly sha256: string;
};

/** The owner of what no package brought. */
export const nobody = -1;

/** The owner of what stood on the disk before, whoever brought it there. */
export const onDisk = -2;

/** Linux follows at most this many links in one path. */
const maxLinks = 40;

export type Resolution =
  | { readonly found: "directory"; readonly path: string }
  /** Nothing stands at `path`: the physical path that making the missing directories would give. */
  | { readonly found: "nothing"; readonly path: string }
  | { readonly found: "obstacle"; readonly path: string; readonly problem: string };

export class InstallTree {
  /** Undefined for what was removed. */
  readonly #nodes = new Map<string, TreeNode | undefined>();
  readonly #ground: ((path: string) => TreeNode | undefined) | undefined;
  /** Directory as written → physical directory. Emptied when a link takes a place or loses it: only that can change an answer. */
  readonly #resolved = new Map<string, string>();

  /** `ground` says what stands where nothing was put; without it that is nothing. */
  constructor(ground?: (path: string) => TreeNode | undefined) {
    this.#ground = ground;
  }

  at(path: string): TreeNode | undefined {
    const node = this.#nodes.get(path);
    return node !== undefined || this.#ground === undefined || this.#nodes.has(path) ? node : this.#ground(path);
  }

  put(path: string, node: TreeNode): void {
    // A directory that was resolved stands, with all that is above it: a link where nothing stood is on the way to none.
    const standing = this.at(path)?.type;
    if (standing === "symlink" || (node.type === "symlink" && standing !== undefined)) this.#resolved.clear();
    this.#nodes.set(path, node);
  }

  /** Takes away what stands there; what is below a directory must have been taken before. */
  remove(path: string): void {
    this.#nodes.set(path, undefined);
    this.#resolved.clear();
  }

  /** What was put and still stands. */
  *entries(): Generator<[string, TreeNode]> {
    for (const [path, node] of this.#nodes) if (node !== undefined) yield [path, node];
  }

  /** Paths from which something was taken, and nothing put there since. */
  *removed(): Generator<string> {
    for (const [path, node] of this.#nodes) if (node === undefined) yield path;
  }

  /** Follows every link in `path`, the last name included, as `chdir` inside the root would. */
  resolve(path: string): Resolution {
    const known = this.#resolved.get(path);
    if (known !== undefined) return { found: "directory", path: known };
    const resolution = this.#besideKnownParent(path) ?? this.#walk(path);
    if (resolution.found === "directory") this.#resolved.set(path, resolution.path);
    return resolution;
  }

  /** The usual case, one look: a directory in a directory that was resolved before. */
  #besideKnownParent(path: string): Resolution | undefined {
    const parent = this.#resolved.get(parentOf(path));
    const here = parent === undefined ? undefined : joinPath(parent, baseNameOf(path));
    return here !== undefined && this.at(here)?.type === "directory" ? { found: "directory", path: here } : undefined;
  }

  /**
   * Walks name by name. A link's text is put before the names that remain; `..` at the root stays there, as in a chroot.
   * The count of links is for the whole walk: counted by depth, links to links to links would take exponential time.
   */
  #walk(path: string): Resolution {
    const names = path.split("/").reverse();
    let at = "";
    let links = 0;
    // While names of a link's text are read: that link, and how many names remain after its text.
    let link: { readonly path: string; readonly text: string; readonly rest: number } | undefined;
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (link !== undefined && names.length < link.rest) link = undefined;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at = parentOf(at);
        continue;
      }
      const here = joinPath(at, name);
      const node = this.at(here);
      if (node === undefined) {
        if (link === undefined) return { found: "nothing", path: [here, ...names.reverse()].join("/") };
        return obstacle(link.path, `is a link to ${JSON.stringify(link.text)}, which leads nowhere`);
      }
      if (node.type === "directory") {
        at = here;
        continue;
      }
      if (node.type !== "symlink") return obstacle(here, `is a ${node.type} of ${node.reason}, not a directory`);
      if (++links > maxLinks) return obstacle(here, "is a link in a circle");
      const text = node.attributes.linkPath;
      link ??= { path: here, text, rest: names.length };
      names.push(...text.split("/").reverse());
      if (text.startsWith("/")) at = "";
    }
    return { found: "directory", path: at };
  }
}

function obstacle(path: string, problem: string): Resolution {
  return { found: "obstacle", path, problem };
}
