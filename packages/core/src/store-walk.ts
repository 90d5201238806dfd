import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { compareBytes } from "./canonical-json.ts";
import { isFolder, lookAt } from "./store-look.ts";

export type StoreEntryKind = "blob" | "fact" | "derived";

/** One thing that a store keeps, or something else that stands in its place. */
export interface StoreEntry {
  readonly kind: StoreEntryKind;
  readonly path: string;
  readonly ino: number;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch, to an hour. */
  readonly usedMs: number;
}

/** Everything in the store under `root`, by kind and then by path. Half-written files are no entries. */
export async function storeEntries(root: string): Promise<StoreEntry[]> {
  const [blobs, facts, derived] = await Promise.all([
    pathsIn(join(root, "blobs")),
    pathsOfKinds(join(root, "facts")),
    pathsOfKinds(join(root, "derived")),
  ]);
  return [...entriesOf(blobs, "blob"), ...entriesOf(facts, "fact"), ...entriesOf(derived, "derived")];
}

/** Without what has gone since it was listed. A blob's modification time is its seal, so its access time says when it was used. */
function entriesOf(paths: readonly string[], kind: StoreEntryKind): StoreEntry[] {
  return [...paths].sort(compareBytes).flatMap((path) => {
    const found = lookAt(path);
    if (found === undefined) return [];
    const { ino, size, atimeMs, mtimeMs } = found;
    return [{ kind, path, ino, sizeBytes: size, usedMs: kind === "blob" ? atimeMs : mtimeMs }];
  });
}

/** What stands in the folders of each kind below `folder`; a file or link in the place of such a folder stands for itself. */
async function pathsOfKinds(folder: string): Promise<string[]> {
  const found = await pathsIn(folder);
  const below = await Promise.all(found.map(async (path) => (isFolder(path) ? pathsIn(path) : [path])));
  return below.flat();
}

/** Nothing for a link: whoever removes what is listed here would remove it out of the store. */
async function pathsIn(folder: string): Promise<string[]> {
  if (!isFolder(folder)) return [];
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith(".")).map((name) => join(folder, name));
}
