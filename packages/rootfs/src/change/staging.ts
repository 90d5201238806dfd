import { createHash } from "node:crypto";
import { baseNameOf, joinPath, parentOf } from "../entry-path.ts";
import type { PlannedEntry } from "../plan.ts";
import type { RootView } from "./root-view.ts";

/** What a transaction writes, beside where it will stand. */
export interface Staging {
  /** The entries under the names that they are written with, in the order of the plan. */
  readonly entries: readonly PlannedEntry[];
  /** What brings them to their places: one rename for each file, and one for each new directory with all that is in it. */
  readonly renames: readonly { readonly from: string; readonly to: string }[];
}

/** Names that only a transaction on its way, or one that was killed, leaves behind. */
export const stagedName = /^\.apk\.[0-9a-f]{48}$/;

/**
 * Where to write the entries first. A file goes beside its place under a name that apk's own transactions use as well; it
 * follows from the path, so that a killed transaction leaves nothing that its repetition would not overwrite. What is in a
 * new directory goes into that directory, which itself has such a name until all of it is there.
 */
export function planStaging(entries: readonly PlannedEntry[], view: RootView): Staging {
  const staged = new Map<string, string>();
  const renames: Staging["renames"][number][] = [];
  for (const { path } of entries) {
    const above = staged.get(parentOf(path));
    const isInNew = above !== undefined && view.at(parentOf(path))?.type !== "directory";
    const from = isInNew ? joinPath(above, baseNameOf(path)) : stagedPath(path);
    if (!isInNew) renames.push({ from, to: path });
    staged.set(path, from);
  }
  const rename = (path: string): string => staged.get(path) ?? path;
  return {
    entries: entries.map((entry) => ({
      ...entry,
      path: rename(entry.path),
      linkPath: entry.type === "hardlink" ? rename(entry.linkPath) : entry.linkPath,
    })),
    renames,
  };
}

/** Where what is to stand at `path` is written first. */
export function stagedPath(path: string): string {
  return joinPath(parentOf(path), `.apk.${createHash("sha256").update(path).digest("hex").slice(0, 48)}`);
}
