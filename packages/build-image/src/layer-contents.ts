import { createHash, type Hash } from "node:crypto";
import { createTarScanner, type TarEntry, type TarHandler } from "@apkmill/archive";
import { requireWithin, type Limits } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import { requireSafePath, type LayerEntry } from "@apkmill/rootfs";
import { inRoot, layerName, openLayerTar } from "./layer-stream.ts";

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

/**
 * What a layer holds, with the hashes of each file, and the text of the files at `wanted`.
 * @throws RootfsError ROOTFS_UNSAFE_PATH · ImageError IMAGE_CONTENT, IMAGE_UNSUPPORTED · OciError · ArchiveError
 */
export async function readLayerContents(
  image: Pick<OpenedImage, "open">,
  platform: ImagePlatform,
  position: number,
  { limits, wanted }: { readonly limits: Limits; readonly wanted: ReadonlySet<string> },
): Promise<LayerContents> {
  const what = layerName(platform, position);
  const gatherer = new Gatherer(what, limits, wanted);
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
  readonly #limits: Limits;
  readonly #wanted: ReadonlySet<string>;
  #entry: TarEntry | undefined;
  #hashes: readonly [sha256: Hash, sha1: Hash] | undefined;
  /** The content of a file that was asked for. */
  #kept: Buffer[] | undefined;

  constructor(what: string, limits: Limits, wanted: ReadonlySet<string>) {
    this.#what = what;
    this.#limits = limits;
    this.#wanted = wanted;
  }

  onEntry(found: TarEntry): void {
    const entry = inRoot(found);
    this.#entry = entry;
    if (entry === undefined) return;
    requireSafePath(this.#what, entry.path, this.#limits);
    this.#hashes = entry.type === "file" ? [createHash("sha256"), createHash("sha1")] : undefined;
    const isKept = this.#wanted.has(entry.path) && entry.type === "file";
    if (isKept) requireWithin(entry.path, entry.sizeBytes, this.#limits.indexBytes, "indexBytes");
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
