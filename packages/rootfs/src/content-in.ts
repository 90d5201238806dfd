import type { StoredPackage } from "@apkmill/apk";
import type { PlannedEntry } from "./plan.ts";
import type { ContentOf, LayerEntry } from "./stacked-tree.ts";

/**
 * Tells contents apart in layers and plans of these packages, without a hash of each file: what comes from a package is the archive
 * entry that has the content, whether it stands in the package's own archive or in a plan.
 */
export function contentIn(packages: readonly StoredPackage[]): ContentOf {
  return (entry: LayerEntry | PlannedEntry) => {
    if (!("source" in entry)) return entry;
    const { source, sha256 } = entry;
    return source.kind === "package" ? packages[source.package]?.contents.entries[source.entry] : sha256;
  };
}
