import { createHash } from "node:crypto";
import { gunzip, readTar, type TarItem } from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import { mediaTypes, type Descriptor, type Layout, type LayoutPlatform } from "@apkmill/oci";
import type { LayerEntry } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/**
 * The entries of one layer with their content. Compressed and uncompressed digest are checked as the bytes go by; the second is known to
 * be right only at the end, as with everything that is read in one pass.
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
  const expected = config.rootfs.diff_ids[position];
  if (found !== expected)
    throw new ImageError(
      "IMAGE_CONTENT",
      `${what} unpacks to ${found}, the configuration says ${expected ?? "nothing"}`,
    );
}

async function* hashing(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

function uncompressed(layout: Layout, descriptor: Descriptor, limits: Limits, what: string): AsyncIterable<Uint8Array> {
  if (descriptor.mediaType === mediaTypes.layerGzip)
    return gunzip(layout.open(descriptor), { what, limitBytes: limits.dataBytes });
  if (descriptor.mediaType.endsWith(".tar")) return layout.open(descriptor);
  throw new ImageError("IMAGE_UNSUPPORTED", `${what} has the media type ${descriptor.mediaType}`);
}

/** What a layer holds, with the hash of each file: what `stackedTree` stacks. */
export async function readLayerEntries(
  layout: Layout,
  platform: LayoutPlatform,
  position: number,
  limits: Limits,
): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for await (const { entry, content } of readLayer(layout, platform, position, limits)) {
    const hash = createHash("sha256");
    for await (const chunk of content) hash.update(chunk);
    entries.push({ ...entry, sha256: entry.type === "file" ? hash.digest("hex") : "" });
  }
  return entries;
}
