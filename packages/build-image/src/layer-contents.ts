import { createHash, type Hash } from "node:crypto";
import { gunzip, readTar, type TarItem } from "@apkmill/archive";
import { requireWithin, type Limits } from "@apkmill/core";
import { mediaTypes, type Descriptor, type Layout, type LayoutPlatform } from "@apkmill/oci";
import type { LayerEntry } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/**
 * The entries of one layer with their content. Compressed and uncompressed digest are checked as the bytes go by; they are
 * known to be right only at the end, as with everything that is read in one pass.
 * @throws ImageError IMAGE_CONTENT, IMAGE_UNSUPPORTED · OciError LAYOUT_CONTENT · ArchiveError
 */
export async function* readLayer(
  layout: Layout,
  { manifest, config }: LayoutPlatform,
  position: number,
  limits: Limits,
): AsyncGenerator<TarItem> {
  const descriptor = manifest.layers[position];
  if (descriptor === undefined) return;
  const hash = createHash("sha256");
  const what = `layer ${descriptor.digest}`;
  yield* readTar(hashing(uncompressed(layout, descriptor, limits, what), hash), limits, { what });
  const found = `sha256:${hash.digest("hex")}`;
  const expected = config.rootfs.diff_ids[position] ?? "nothing";
  if (found === expected) return;
  throw new ImageError("IMAGE_CONTENT", `${what} unpacks to ${found}, the configuration says ${expected}`, {
    hint: "build the image again",
  });
}

async function* hashing(source: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

function uncompressed(layout: Layout, descriptor: Descriptor, limits: Limits, what: string): AsyncIterable<Uint8Array> {
  const { mediaType } = descriptor;
  if (mediaType === mediaTypes.layerGzip || mediaType === "application/vnd.docker.image.rootfs.diff.tar.gzip")
    return gunzip(layout.open(descriptor), { what, limitBytes: limits.dataBytes });
  if (mediaType.endsWith(".tar")) return layout.open(descriptor);
  throw new ImageError("IMAGE_UNSUPPORTED", `${what} has the media type ${mediaType}`, {
    hint: "convert the image to layers of gzip",
  });
}

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

/** What a layer holds, with the hashes of each file, and the text of the files at `wanted`. */
export async function readLayerContents(
  layout: Layout,
  platform: LayoutPlatform,
  position: number,
  { limits, wanted }: { readonly limits: Limits; readonly wanted: ReadonlySet<string> },
): Promise<LayerContents> {
  const entries: HashedEntry[] = [];
  const texts = new Map<string, string>();
  for await (const { entry, content } of readLayer(layout, platform, position, limits)) {
    const [sha256, sha1] = [createHash("sha256"), createHash("sha1")];
    const kept: Uint8Array[] = [];
    if (wanted.has(entry.path)) requireWithin(entry.path, entry.sizeBytes, limits.indexBytes);
    for await (const chunk of content) {
      sha256.update(chunk);
      sha1.update(chunk);
      if (wanted.has(entry.path)) kept.push(Buffer.from(chunk));
    }
    if (wanted.has(entry.path)) texts.set(entry.path, Buffer.concat(kept).toString("utf8"));
    entries.push({ ...entry, sha256: sha256.digest("hex"), sha1: sha1.digest("hex") });
  }
  return { entries, texts };
}
