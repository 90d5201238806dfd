import type { StoredPackage } from "@apkmill/apk";
import { compareBytes } from "@apkmill/core";
import { ancestorsOf, type PlannedEntry } from "@apkmill/rootfs";

/**
 * What a layer of some packages that is written anew holds: their own entries of the tree, with every directory above them.
 *
 * A directory that many packages have carries the time of the last of them. In a layer it carries that of the layer's own
 * packages, as otherwise every new version of any package would change every layer with a `usr/bin`; the last layer says
 * the rest.
 */
export type EntriesOf = (members: readonly number[]) => PlannedEntry[];

/** Sorts a tree once, for any number of layers. */
export function layerEntriesOf(entries: readonly PlannedEntry[], packages: readonly StoredPackage[]): EntriesOf {
  const own = Map.groupBy(entries, ({ source }) => (source.kind === "package" ? source.package : -1));
  const directories = new Map(entries.filter(({ type }) => type === "directory").map((entry) => [entry.path, entry]));
  return (members) => {
    const times = directoryTimes(members, packages);
    const chosen = new Map<string, PlannedEntry>();
    const add = (entry: PlannedEntry): void => {
      const isDirectory = entry.type === "directory";
      chosen.set(entry.path, isDirectory ? { ...entry, mtime: times.get(entry.path) ?? 0 } : entry);
    };
    for (const entry of members.flatMap((index) => own.get(index) ?? [])) {
      for (const path of ancestorsOf(entry.path)) {
        const above = directories.get(path);
        if (above !== undefined && !chosen.has(path)) add(above);
      }
      add(entry);
    }
    return [...chosen.values()].sort((a, b) => compareBytes(a.path, b.path));
  };
}

/** Path → the latest time that one of the packages gives the directory. */
function directoryTimes(members: readonly number[], packages: readonly StoredPackage[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const index of members)
    for (const { type, path, mtime } of packages[index]?.contents.entries ?? [])
      if (type === "directory") times.set(path, Math.max(mtime, times.get(path) ?? 0));
  return times;
}
