import { requireWithin, type Digest, type Limits } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { readInstalled, stackedTree, type InstalledPackage, type StackedTree } from "@apkmill/rootfs";
import { readLayerContents, type LayerContents } from "./layer-contents.ts";
import { resolvePath } from "./resolve-path.ts";
import { databases, mostEntries } from "./stacked-image.ts";

/** One platform of an image as a comparison looks at it. */
export interface ImageView {
  readonly tree: StackedTree;
  readonly installed: readonly InstalledPackage[];
  /** Content of all files, once for files with several names. */
  readonly filesBytes: number;
  /** Follows links inside the image. */
  resolve(path: string): string | undefined;
}

/** Reads each layer once, however many platforms and images have it. */
export class LayerReader {
  readonly limits: Limits;
  readonly #known = new Map<Digest, LayerContents>();
  #entries = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** What the layer at `position` holds. @throws ImageError · OciError · ArchiveError · RootfsError · CoreError LIMIT_EXCEEDED */
  async read(image: OpenedImage, platform: ImagePlatform, position: number): Promise<LayerContents> {
    const diffId = platform.config.rootfs.diff_ids[position];
    const known = diffId === undefined ? undefined : this.#known.get(diffId);
    if (known !== undefined) return known;
    const { limits } = this;
    const read = await readLayerContents(image, platform, position, { limits, wanted: new Set(databases) });
    this.#entries += read.entries.length;
    requireWithin("entries of all layers", this.#entries, 2 * mostEntries(limits), "entries");
    if (diffId !== undefined) this.#known.set(diffId, read);
    return read;
  }
}

/** Reads every layer that `reader` does not know and stacks them. @throws as {@link LayerReader} */
export async function viewImage(reader: LayerReader, image: OpenedImage, platform: ImagePlatform): Promise<ImageView> {
  const layers: LayerContents[] = [];
  for (const position of platform.manifest.layers.keys()) layers.push(await reader.read(image, platform, position));
  const tree = stackedTree(layers.map(({ entries }) => entries));
  const textOf = (path: string): string => layers[tree.get(path)?.layer ?? -1]?.texts.get(path) ?? "";
  const database = databases.map(textOf).find((text) => text !== "") ?? "";
  return {
    tree,
    installed: readInstalled(database, { limits: reader.limits }),
    filesBytes: sizeOf(tree),
    resolve: (path) =>
      resolvePath(path, (at) => {
        const entry = tree.get(at)?.entry;
        return entry?.type === "symlink" ? entry.linkPath : undefined;
      }),
  };
}

function sizeOf(tree: StackedTree): number {
  const sizes = new Map(
    [...tree.values()].map(({ inode, entry }) => [inode, entry.type === "file" ? entry.sizeBytes : 0]),
  );
  return [...sizes.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0);
}
