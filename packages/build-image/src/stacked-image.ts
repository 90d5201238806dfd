import type { Limits } from "@apkmill/core";
import type { Layout, LayoutPlatform } from "@apkmill/oci";
import { isWhiteout, readInstalled, stackedTree, type InstalledPackage, type StackedTree } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";
import { readLayerContents, type HashedEntry, type LayerContents } from "./layer-contents.ts";
import { resolvePath } from "./resolve-path.ts";

/** One platform of an image, read through all of its layers. */
export interface StackedImage {
  readonly tree: StackedTree;
  /** Entries of each layer. */
  readonly layers: readonly (readonly HashedEntry[])[];
  /** What the image's own database says, in its order; none when it has no database. */
  readonly installed: readonly InstalledPackage[];
  /** `etc/passwd`. */
  readonly passwd: string;
  /** Follows links inside the image. */
  resolve(path: string): string | undefined;
}

const databases = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/** Reads and checks every layer and stacks them. @throws ImageError IMAGE_CONTENT · OciError LAYOUT_CONTENT · ArchiveError */
export async function readStackedImage(
  layout: Layout,
  platform: LayoutPlatform,
  limits: Limits,
): Promise<StackedImage> {
  const wanted = new Set([...databases, "etc/passwd"]);
  const layers: LayerContents[] = [];
  for (const position of platform.manifest.layers.keys()) {
    const layer = await readLayerContents(layout, platform, position, { limits, wanted });
    refuseWhiteouts(layer.entries);
    layers.push(layer);
  }
  const tree = stackedTree(layers.map(({ entries }) => entries));
  const textOf = (path: string): string => layers[tree.get(path)?.layer ?? -1]?.texts.get(path) ?? "";
  return {
    tree,
    layers: layers.map(({ entries }) => entries),
    installed: readInstalled(databases.map(textOf).find((text) => text !== "") ?? "", { limits }),
    passwd: textOf("etc/passwd"),
    resolve: (path) => resolvePath(path, (at) => linkAt(tree, at)),
  };
}

function linkAt(tree: StackedTree, path: string): string | undefined {
  const entry = tree.get(path)?.entry;
  return entry?.type === "symlink" ? entry.linkPath : undefined;
}

/** Images of this engine never delete what a layer below brought; for those of others a runtime must decide. */
function refuseWhiteouts(entries: readonly HashedEntry[]): void {
  const found = entries.find(({ path }) => isWhiteout(path));
  if (found !== undefined) throw whiteoutRefused(found.path);
}

/** The error for a layer that deletes. */
export function whiteoutRefused(path: string): ImageError {
  return new ImageError("IMAGE_UNSUPPORTED", `a layer deletes what is below it: ${path}`, {
    hint: "use a container runtime for this image; apkmill's own images have no such layers",
    context: { path },
  });
}
