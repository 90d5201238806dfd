import { createHash, type Hash } from "node:crypto";
import { createTarScanner, type TarEntry, type TarHandler } from "@apkmill/archive";
import { requireWithin, type Limits } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import type { LayerEntry } from "@apkmill/rootfs";
import { inRoot, layerName, openLayerTar, requireLayerEntry } from "./layer-stream.ts";
import { LayersBudget } from "./tree-budget.ts";

/** An entry as an unpacked layer has it, with both hashes of a file. */
export interface HashedEntry extends LayerEntry {
  /** 40 hex digits; of no meaning for what is no file. */
  readonly sha1: string;
}

export interface LayerContents {
  readonly entries: readonly HashedEntry[];
  /** The content of the files that were asked for. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface ReadingOptions {
  readonly limits: Limits;
  readonly wanted: ReadonlySet<string>;
  /** Shared by the layers that are read together; by default the layer's own. */
  readonly budget?: LayersBudget;
}

/**
 * What a layer holds, with the hashes of each file, and the text of the files at `wanted`.
 * @throws RootfsError ROOTFS_UNSAFE_PATH · ImageError IMAGE_CONTENT, IMAGE_UNSUPPORTED · OciError · ArchiveError ·
 *   CoreError LIMIT_EXCEEDED
 */
export async function readLayerContents(
  image: Pick<OpenedImage, "open">,
  platform: ImagePlatform,
  position: number,
  { limits, wanted, budget = new LayersBudget(limits) }: ReadingOptions,
): Promise<LayerContents> {
  const what = layerName(platform, position);
  const gatherer = new Gatherer(what, { limits, wanted, budget });
  const scanner = createTarScanner(gatherer, { limits, what });
  for await (const chunk of openLayerTar(image, platform, position, limits)) scanner.push(chunk);
  scanner.end();
  return gatherer;
}

/** Hashes what a scanner pushes, entry after entry. */
class Gatherer implements TarHandler, LayerContents {
  readonly entries: HashedEntry[] = [];
  readonly texts = new Map<string, string>();
  readonly #what: string;
  readonly #options: Required<ReadingOptions>;
  #entry: TarEntry | undefined;
  #hashes: readonly [sha256: Hash, sha1: Hash] | undefined;
  /** The content of a file that was asked for. */
  #kept: Buffer[] | undefined;

  constructor(what: string, options: Required<ReadingOptions>) {
    this.#what = what;
    this.#options = options;
  }

  onEntry(found: TarEntry): void {
    const { limits, wanted, budget } = this.#options;
    budget.take();
    const entry = inRoot(found);
    this.#entry = entry;
    this.#hashes = entry?.type === "file" ? [createHash("sha256"), createHash("sha1")] : undefined;
    if (entry === undefined) return;
    requireLayerEntry(this.#what, entry, limits);
    const isKept = wanted.has(entry.path) && entry.type === "file";
    if (isKept) requireWithin(entry.path, entry.sizeBytes, limits.indexBytes, "indexBytes");
    this.#kept = isKept ? [] : undefined;
  }

  onContent(chunk: Buffer): void {
    for (const hash of this.#hashes ?? []) hash.update(chunk);
    this.#kept?.push(Buffer.from(chunk));
  }

  onEnd(): void {
    if (this.#entry === undefined) return;
    const [sha256 = "", sha1 = ""] = this.#hashes?.map((hash) => hash.digest("hex")) ?? [];
    this.entries.push({ ...this.#entry, sha256, sha1 });
    if (this.#kept !== undefined) this.texts.set(this.#entry.path, Buffer.concat(this.#kept).toString("utf8"));
    this.#kept = undefined;
  }
}
