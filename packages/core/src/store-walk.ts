import { lstatSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { compareBytes } from "./canonical-json.ts";

export type StoreEntryKind = "blob" | "fact" | "derived";

/** One thing that a store keeps. */
export interface StoreEntry {
  readonly kind: StoreEntryKind;
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch, to an hour. */
  readonly usedMs: number;
}

const folders: readonly (readonly [folder: string, kind: StoreEntryKind])[] = [
  ["blobs", "blob"],
  ["facts", "fact"],
  ["derived", "derived"],
];

/** Everything in the store under `root`, by kind and then by path. Half-written files are no entries. */
export async function storeEntries(root: string): Promise<StoreEntry[]> {
  const found = await Promise.all(
    folders.map(async ([folder, kind]) =>
      (await filesBelow(join(root, folder))).flatMap((path) => entryOf(path, kind)),
    ),
  );
  return found.flat();
}

/** Nothing for what has gone since it was listed. A blob's modification time is its seal, so its access time says when it was used. */
function entryOf(path: string, kind: StoreEntryKind): StoreEntry[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return [{ kind, path, sizeBytes: found.size, usedMs: kind === "blob" ? found.atimeMs : found.mtimeMs }];
}

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort(compareBytes);
}
