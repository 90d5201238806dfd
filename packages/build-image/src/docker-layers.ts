import type { Digest, Ports } from "@apkmill/core";
import type { BuiltPlatform } from "./build-platform.ts";
import { writeLayer } from "./write-layer.ts";

/**
 * The layers of a platform for `docker load`: as gzip, whatever the image's own are, because Docker reads no zstd before its version
 * 23. Most are the packages' own data, which the store has.
 * @throws ImageError IMAGE_CONTENT · CoreError STORE_UNUSABLE
 */
export async function dockerLayers(
  ports: Pick<Ports, "store" | "limits">,
  { manifest, packages, layers }: Pick<BuiltPlatform, "manifest" | "packages" | "layers">,
): Promise<readonly Digest[]> {
  // Those of a base image come first, and stay as they are.
  const digests = manifest.layers.slice(0, -layers.length).map(({ digest }) => digest);
  for (const layer of layers) digests.push((await writeLayer(ports, packages, layer, "gzip")).digest);
  return digests;
}
