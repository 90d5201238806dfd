import type { Digest, Ports } from "@apkmill/core";
import { openLayout, type BlobSource, type Descriptor, type Layout } from "@apkmill/oci";
import { platformName, type ManifestBytes, type PublishableImage } from "./image.ts";
import { PublishError } from "./publish-error.ts";

/**
 * The image of an OCI layout directory, ready to be pushed: index and manifests as the bytes that were hashed; configs
 * and layers are hashed as they are read. @throws OciError LAYOUT_MALFORMED, LAYOUT_CONTENT · CoreError FILE_UNREADABLE
 */
export async function readLayout({ limits }: Pick<Ports, "limits">, path: string): Promise<PublishableImage> {
  const layout = await openLayout(path, limits);
  const blobs = layout.platforms.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
  const known = new Map(blobs.map((descriptor) => [descriptor.digest, descriptor]));
  return {
    index: await readManifest(layout, layout.top),
    platforms: await Promise.all(
      layout.platforms.map(async ({ descriptor, platform, manifest }) => ({
        ...(await readManifest(layout, descriptor)),
        platform: platformName(platform),
        manifest,
      })),
    ),
    blob: (digest) => blobSource(layout, known.get(digest), digest),
  };
}

async function readManifest(layout: Layout, descriptor: Descriptor): Promise<ManifestBytes> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of layout.open(descriptor)) chunks.push(chunk);
  return { descriptor, bytes: Buffer.concat(chunks) };
}

function blobSource(layout: Layout, descriptor: Descriptor | undefined, digest: Digest): BlobSource {
  if (descriptor !== undefined) {
    return { digest, sizeBytes: descriptor.size, open: () => layout.open(descriptor) };
  }
  throw new PublishError("PUBLISH_LAYOUT", `reading the layout ${layout.path}: no manifest of it names ${digest}`, {
    kind: "bug",
    context: { path: layout.path },
  });
}
