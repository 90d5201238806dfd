import type { PlannedEntry } from "@apkmill/rootfs";
import type { ImageTree } from "./image-tree.ts";

/** The file at a path of the tree, under whichever of its names, links followed; undefined for anything else. */
export function fileAt(tree: Pick<ImageTree, "follow">, path: string): PlannedEntry | undefined {
  const entry = tree.follow(path);
  return entry?.type === "file" || entry?.type === "hardlink" ? entry : undefined;
}
