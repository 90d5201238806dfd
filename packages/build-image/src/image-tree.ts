import { compareBytes, defaultLimits, type Limits } from "@apkmill/core";
import { ancestorsOf, baseNameOf, joinPath, parentOf, type PlannedEntry } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";
import { longestPath, requirePlaceable } from "./placeable.ts";
import { resolvePath } from "./resolve-path.ts";
import { TreeBudget } from "./tree-budget.ts";
import { addChild, childrenOf } from "./tree-children.ts";
import { withReason } from "./tree-reason.ts";

export type TreeAddition = Pick<PlannedEntry, "path" | "type" | "mode"> & Partial<PlannedEntry>;

/**
 * The tree of an image while the configuration's own parts are added to what the packages give. Every addition carries its
 * reason. The rules of an install plan hold throughout: no parent of a path is a symbolic link, and of the names of one
 * file the first in order is the `file`, the others are `hardlink`s to it.
 */
export class ImageTree {
  readonly #entries: Map<string, PlannedEntry>;
  readonly #mtime: number;
  /** First name of a file → its other names. */
  readonly #links = new Map<string, Set<string>>();
  /** Directory → the names in it; made when somebody asks. Nothing is ever removed. */
  #children: Map<string, Set<string>> | undefined;
  readonly #budget: TreeBudget;

  /** @param mtime seconds since the epoch for everything that is added */
  constructor(entries: readonly PlannedEntry[], mtime: number, limits: Limits = defaultLimits) {
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
    this.#mtime = mtime;
    this.#budget = new TreeBudget(limits);
    for (const { type, path, linkPath } of entries) if (type === "hardlink") this.#namesOf(linkPath).add(path);
  }

  /** All entries, by the bytes of their paths. */
  entries(): PlannedEntry[] {
    return [...this.#entries.values()].sort((a, b) => compareBytes(a.path, b.path));
  }

  get(path: string): PlannedEntry | undefined {
    return this.#entries.get(path);
  }

  /** The entry that a path leads to when symbolic links are followed; undefined for a dangling or circular one. */
  follow(path: string): PlannedEntry | undefined {
    const real = this.resolve(path);
    return real === undefined ? undefined : this.#entries.get(real);
  }

  /**
   * The path itself once all links are followed, whether or not something stands there. Undefined when links go round, or the
   * path is longer than one can be.
   */
  resolve(path: string): string | undefined {
    if (path.length > longestPath + 1) return undefined;
    return resolvePath(path, (at) => {
      const entry = this.#entries.get(at);
      return entry?.type === "symlink" ? entry.linkPath : undefined;
    });
  }

  /**
   * A path of the configuration as the tree has it: links above its last name followed, never out of the root.
   * @throws ImageError IMAGE_PATH for a path that an image cannot or must not hold
   */
  place(path: string, what: string): string {
    const clean = path.length > longestPath ? "" : path.replace(/^\/+|\/+$/g, "");
    const parent = this.resolve(parentOf(clean));
    const placed = joinPath(parent ?? "", baseNameOf(clean));
    requirePlaceable(what, parent === undefined ? "" : placed, path);
    return placed;
  }

  /**
   * Adds or replaces an entry; makes the directories above it, with `parentMode`.
   * @throws ImageError IMAGE_PATH where a directory would be replaced, or something else is a directory on the way
   */
  put(entry: TreeAddition, reason: string, parentMode = 0o755): void {
    for (const path of ancestorsOf(entry.path)) {
      const above = this.#entries.get(path);
      if (above === undefined) this.#set({ path, type: "directory", mode: parentMode }, reason);
      else if (above.type !== "directory") throw refusal(reason, path, "is no directory");
    }
    const standing = this.#entries.get(entry.path);
    if (standing?.type === "directory" && entry.type !== "directory")
      throw refusal(reason, entry.path, "is a directory");
    this.#release(standing);
    this.#set(entry, reason);
  }

  /** Gives a file a further name. What stood there is replaced. @throws ImageError IMAGE_PATH */
  link(path: string, target: PlannedEntry, reason: string): void {
    const first = target.type === "hardlink" ? target.linkPath : target.path;
    if (path === first) return;
    this.put({ ...target, type: "hardlink", path, linkPath: first }, reason);
    this.#namesOf(first).add(path);
    if (compareBytes(path, first) < 0) this.#promote(path, first);
  }

  /** Changes attributes of an entry and says why; every name of a file changes with it. */
  change(path: string, attributes: Partial<Pick<PlannedEntry, "mode" | "uid" | "gid">>, reason: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined || isSame(entry, attributes)) return;
    const first = entry.type === "hardlink" ? entry.linkPath : path;
    for (const name of [first, ...(this.#links.get(first) ?? [])]) {
      const other = this.#entries.get(name);
      // The archived names of owners would contradict new numbers.
      const names = attributes.uid === undefined ? {} : { uname: "", gname: "" };
      if (other !== undefined)
        this.#entries.set(name, { ...other, ...attributes, ...names, reason: withReason(other.reason, reason) });
    }
  }

  /** The names in a directory, in no order. */
  names(path: string): Iterable<string> {
    this.#children ??= childrenOf(this.#entries.keys());
    return this.#children.get(path) ?? [];
  }

  /** The paths below a directory, the directory itself first; otherwise a directory before what it holds. */
  below(path: string): string[] {
    const found = this.#entries.has(path) ? [path] : [];
    const folders = [path];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const name of this.names(folder)) {
        const below = joinPath(folder, name);
        found.push(below);
        if (this.#children?.has(below) === true) folders.push(below);
      }
    }
    return found;
  }

  #set(entry: TreeAddition, reason: string): void {
    const isNew = !this.#entries.has(entry.path);
    this.#budget.take(
      isNew ? entry.path : "",
      entry.source?.kind === "generated" ? entry.source.content.length : 0,
      reason,
    );
    if (isNew && this.#children !== undefined) addChild(this.#children, entry.path);
    this.#entries.set(entry.path, { ...plain, mtime: this.#mtime, ...entry, reason: `generated: ${reason}` });
  }

  #namesOf(first: string): Set<string> {
    const names = this.#links.get(first) ?? new Set<string>();
    this.#links.set(first, names);
    return names;
  }

  /** Takes one name from a file that keeps its other names. */
  #release(standing: PlannedEntry | undefined): void {
    if (standing?.type === "hardlink") this.#links.get(standing.linkPath)?.delete(standing.path);
    if (standing?.type !== "file") return;
    const [next] = [...(this.#links.get(standing.path) ?? [])].sort(compareBytes);
    if (next !== undefined) this.#promote(next, standing.path);
    this.#links.get(next ?? standing.path)?.delete(standing.path);
  }

  /** Makes `next` the name under which the file is listed, and all others links to it. */
  #promote(next: string, first: string): void {
    const others = [first, ...this.#namesOf(first)].filter((name) => name !== next);
    this.#links.delete(first);
    this.#links.set(next, new Set(others));
    this.#relist(next, { type: "file", linkPath: "" });
    for (const name of others) this.#relist(name, { type: "hardlink", linkPath: next });
  }

  #relist(path: string, as: Pick<PlannedEntry, "type" | "linkPath">): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined) this.#entries.set(path, { ...entry, ...as });
  }
}

const plain = {
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  sizeBytes: 0,
  linkPath: "",
  xattrs: new Map<string, Uint8Array>(),
  sha256: "",
  source: { kind: "generated", content: new Uint8Array(0) },
} as const;

function isSame(entry: PlannedEntry, attributes: Partial<Pick<PlannedEntry, "mode" | "uid" | "gid">>): boolean {
  const { mode = entry.mode, uid = entry.uid, gid = entry.gid } = attributes;
  return mode === entry.mode && uid === entry.uid && gid === entry.gid;
}

function refusal(reason: string, path: string, problem: string): ImageError {
  return new ImageError("IMAGE_PATH", `cannot make the ${reason}: ${path} ${problem}`, {
    hint: "choose another path",
    context: { path },
  });
}
