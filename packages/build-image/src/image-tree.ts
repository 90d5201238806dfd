import { compareBytes, defaultLimits } from "@apkmill/core";
import { ancestorsOf, requireSafePath, type PlannedEntry } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/**
 * The tree of an image while the configuration's own parts are added to what the packages give. Every addition carries its
 * reason, which `image inspect` shows.
 */
export class ImageTree {
  readonly #entries: Map<string, PlannedEntry>;
  readonly #mtime: number;

  /** @param mtime seconds since the epoch for everything that is added */
  constructor(entries: readonly PlannedEntry[], mtime: number) {
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
    this.#mtime = mtime;
  }

  /** All entries, by the bytes of their paths. */
  entries(): PlannedEntry[] {
    return [...this.#entries.values()].sort((a, b) => compareBytes(a.path, b.path));
  }

  get(path: string): PlannedEntry | undefined {
    return this.#entries.get(path);
  }

  /** The entry that a path leads to when symbolic links are followed; undefined for a dangling or circular one. */
  follow(path: string, depth = 40): PlannedEntry | undefined {
    const real = this.resolve(path, depth);
    return real === undefined ? undefined : this.#entries.get(real);
  }

  /** The path itself once all links are followed, whether or not something stands there. Undefined when links go round. */
  resolve(path: string, depth = 40): string | undefined {
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    const walked: string[] = [];
    while (parts.length > 0) {
      const part = parts.shift() ?? "";
      if (part === "..") {
        walked.pop();
        continue;
      }
      const entry = this.#entries.get([...walked, part].join("/"));
      if (entry?.type !== "symlink") walked.push(part);
      else if ((depth -= 1) < 0) return undefined;
      else {
        if (entry.linkPath.startsWith("/")) walked.length = 0;
        parts.unshift(...entry.linkPath.split("/").filter((piece) => piece !== "" && piece !== "."));
      }
    }
    return walked.join("/");
  }

  /** A path of the configuration as the tree has it: links above it followed, never out of the root. @throws ImageError IMAGE_PATH */
  place(path: string, what: string): string {
    const clean = path.replace(/^\/+/, "").replace(/\/+$/, "");
    const slash = clean.lastIndexOf("/");
    const parent = this.resolve(slash === -1 ? "" : clean.slice(0, slash));
    if (parent === undefined || clean === "")
      throw new ImageError("IMAGE_PATH", `${what}: ${path} does not lead anywhere`);
    const placed = parent === "" ? clean.slice(slash + 1) : `${parent}/${clean.slice(slash + 1)}`;
    requireSafePath(what, placed, defaultLimits);
    return placed;
  }

  /** Adds or replaces an entry; makes the directories above it. */
  put(entry: Pick<PlannedEntry, "path" | "type" | "mode"> & Partial<PlannedEntry>, reason: string): void {
    for (const path of ancestorsOf(entry.path)) {
      const above = this.#entries.get(path);
      if (above === undefined) this.put({ path, type: "directory", mode: 0o755 }, reason);
      else if (above.type !== "directory")
        throw new ImageError("IMAGE_PATH", `${reason}: ${path} is no directory`, { context: { path } });
    }
    this.#entries.set(entry.path, {
      uid: 0,
      gid: 0,
      uname: "",
      gname: "",
      mtime: this.#mtime,
      sizeBytes: 0,
      linkPath: "",
      xattrs: new Map(),
      sha256: "",
      source: { kind: "generated", content: Buffer.alloc(0) },
      reason: `generated: ${reason}`,
      ...entry,
    });
  }

  /** Changes attributes of an entry and says why; every name of a file changes with it. */
  change(path: string, attributes: Partial<Pick<PlannedEntry, "mode" | "uid" | "gid">>, reason: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    const first = entry.type === "hardlink" ? entry.linkPath : path;
    for (const [name, other] of this.#entries) {
      if (name !== first && !(other.type === "hardlink" && other.linkPath === first)) continue;
      this.#entries.set(name, { ...other, ...attributes, reason: `${other.reason}; ${reason}` });
    }
  }

  /** The paths below a directory, the directory itself first. */
  below(path: string): string[] {
    return [...this.#entries.keys()]
      .filter((other) => other === path || other.startsWith(`${path}/`))
      .sort(compareBytes);
  }

  remove(path: string): void {
    this.#entries.delete(path);
  }
}
