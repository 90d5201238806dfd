import type { Digest, Limits } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { readLayerContents, type LayerContents } from "./layer-contents.ts";
import { LayersBudget } from "./tree-budget.ts";

/** Where the installed database stands: on a merged-usr root it is below `usr`. */
export const databases: readonly string[] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

const wanted = new Set([...databases, "etc/passwd", "etc/apk/world"]);

/** Reads each layer once, however many images that are looked at together have it. */
export class LayerReader {
  readonly limits: Limits;
  readonly #budget: LayersBudget;
  readonly #known = new Map<Digest, LayerContents>();

  /** Each entry costs memory until the images are understood: `images` says how many may need room. */
  constructor(limits: Limits, images = 1) {
    this.limits = limits;
    this.#budget = new LayersBudget(limits, images);
  }

  /** What the layer at `position` holds. @throws ImageError · OciError · ArchiveError · RootfsError · CoreError LIMIT_EXCEEDED */
  async read(image: Pick<OpenedImage, "open">, platform: ImagePlatform, position: number): Promise<LayerContents> {
    const diffId = platform.config.rootfs.diff_ids[position];
    const known = diffId === undefined ? undefined : this.#known.get(diffId);
    if (known !== undefined) return known;
    const read = await readLayerContents(image, platform, position, {
      limits: this.limits,
      wanted,
      budget: this.#budget,
    });
    if (diffId !== undefined) this.#known.set(diffId, read);
    return read;
  }
}
