import { encodeTarHeader, gzipBytes, tarEnd, tarPadding } from "@apkmill/archive";
import { digestOf, type Store } from "@apkmill/core";
import { mediaTypes, writeLayout, type Descriptor, type ImageConfigFile, type LayoutBlob } from "@apkmill/oci";
import type { Item } from "./repository.ts";

/** Writes a layout of one platform from layers as they are given, whatever is in them. */
export async function layoutOf(
  store: Store,
  directory: string,
  layers: readonly (readonly Item[])[],
  config: ImageConfigFile["config"] = {},
): Promise<void> {
  const blobs: LayoutBlob[] = [];
  const put = (mediaType: string, bytes: Buffer): Descriptor => {
    blobs.push({ digest: digestOf(bytes), bytes });
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const json = (mediaType: string, value: unknown): Descriptor => put(mediaType, Buffer.from(JSON.stringify(value)));
  const tars = layers.map(tarOf);
  const written = await Promise.all(tars.map(async (tar) => put(mediaTypes.layerGzip, await gzipBytes(tar))));
  const rootfs = { type: "layers", diff_ids: tars.map((tar) => digestOf(tar)) };
  const platform = { architecture: "amd64", os: "linux" };
  const described = json(mediaTypes.config, { ...platform, config, rootfs });
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: described, layers: written };
  const manifests = [{ ...json(mediaTypes.manifest, manifest), platform }];
  const top = json(mediaTypes.index, { schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  await writeLayout(store, directory, { top, blobs });
}

function tarOf(items: readonly Item[]): Buffer {
  const parts = items.flatMap(({ entry, content = Buffer.alloc(0) }) => [
    encodeTarHeader(entry),
    content,
    tarPadding(content.length),
  ]);
  return Buffer.concat([...parts, tarEnd]);
}
