import { lstatSync, rmSync, type Stats } from "node:fs";
import { joinPath } from "@apkmill/rootfs";

/** Name → what is known of the directories in a directory. */
type Folder = Map<string, Folder>;

/** What is done about a name on the way that is not known to be a directory. False where the way ends. */
export type AdmitFolder = (path: string, standing: Stats | undefined) => boolean;

/**
 * The directories of a root that is being unpacked, so that each is looked at once, however much is put below it. What was seen to be a
 * directory, and no link, is one until it is removed through here: nobody else writes into the root. So no link is ever followed.
 */
export class RootFolders {
  readonly root: string;
  readonly #known: Folder = new Map();

  constructor(root: string) {
    this.root = root;
  }

  /** True where a path, "" for the root, leads through directories to one. */
  has(path: string): boolean {
    return this.walk(path, (_, standing) => standing?.isDirectory() === true);
  }

  /** Goes down to `path`; asks `admit` about each name that is not known. True when the path is then known to be a directory. */
  walk(path: string, admit: AdmitFolder): boolean {
    let folder = this.#known;
    for (let start = 0; start < path.length;) {
      const slash = path.indexOf("/", start);
      const end = slash < 0 ? path.length : slash;
      const name = path.slice(start, end);
      let next = folder.get(name);
      if (next === undefined) {
        const at = path.slice(0, end);
        if (!admit(at, lstatSync(joinPath(this.root, at), { throwIfNoEntry: false }))) return false;
        next = new Map<string, Folder>();
        folder.set(name, next);
      }
      folder = next;
      start = end + 1;
    }
    return true;
  }

  /** Removes what stands at a path whose parent {@link has} said to be a directory, with all that is below. */
  remove(path: string): void {
    rmSync(joinPath(this.root, path), { recursive: true, force: true });
    const names = path.split("/");
    const last = names.pop() ?? "";
    names.reduce<Folder | undefined>((at, name) => at?.get(name), this.#known)?.delete(last);
  }
}
