import type { Limits } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { readInstalled, stackedTree, type InstalledPackage, type StackedTree } from "@apkmill/rootfs";
import type { HashedEntry, LayerContents } from "./layer-contents.ts";
import { databases, LayerReader } from "./layer-reader.ts";
import { resolvePath } from "./resolve-path.ts";
import { LayersBudget } from "./tree-budget.ts";

/** One platform of an image, read through all of its layers. */
export interface StackedImage {
  readonly tree: StackedTree;
  /** Entries of each layer. */
  readonly layers: readonly (readonly HashedEntry[])[];
  /** So many of the layers are those of the image that this one says it was built on; 0 where it says nothing. */
  readonly baseLayers: number;
  /** What the image's own database says, in its order; none when it has no database. */
  readonly installed: readonly InstalledPackage[];
  /** Lines of `etc/apk/world`. */
  readonly world: readonly string[];
  /** `etc/passwd`. */
  readonly passwd: string;
  /** Follows links inside the image. */
  resolve(path: string): string | undefined;
}

/**
 * Reads and checks every layer that `reader` does not know, and stacks them; a layer that deletes what is below it does.
 * @throws ImageError IMAGE_CONTENT · OciError LAYOUT_CONTENT · ArchiveError · RootfsError · CoreError LIMIT_EXCEEDED
 */
export async function readStackedImage(
  image: Pick<OpenedImage, "open">,
  platform: ImagePlatform,
  limits: Limits,
  reader = new LayerReader(limits),
): Promise<StackedImage> {
  const layers: LayerContents[] = [];
  for (const position of platform.manifest.layers.keys()) layers.push(await reader.read(image, platform, position));
  const budget = new LayersBudget(limits);
  const tree = stackedTree(
    layers.map((layer) => layer.entries),
    (path) => {
      budget.imply(path);
    },
  );
  const textOf = (path: string): string => layers[tree.get(path)?.layer ?? -1]?.texts.get(path) ?? "";
  return {
    tree,
    layers: layers.map((layer) => layer.entries),
    baseLayers: countBaseLayers(platform),
    installed: readInstalled(databases.map(textOf).find((text) => text !== "") ?? "", { limits }),
    world: textOf("etc/apk/world")
      .split("\n")
      .filter((line) => line !== ""),
    passwd: textOf("etc/passwd"),
    resolve: (path) => resolvePath(path, (at) => linkAt(tree, at)),
  };
}

/** Layers of ours say what they are; those below the first of them are another's. */
function countBaseLayers({ manifest }: ImagePlatform): number {
  if (manifest.annotations?.["org.opencontainers.image.base.digest"] === undefined) return 0;
  return Math.max(
    0,
    manifest.layers.findIndex(({ annotations }) => annotations?.["dev.apkmill.layer"] !== undefined),
  );
}

function linkAt(tree: StackedTree, path: string): string | undefined {
  const entry = tree.get(path)?.entry;
  return entry?.type === "symlink" ? entry.linkPath : undefined;
}
