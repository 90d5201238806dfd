import type { Digest } from "@apkmill/core";
import {
  formatReference,
  mediaTypes,
  type Descriptor,
  type Reference,
  type RegistryClient,
  type ServedManifest,
  parseImageIndex,
  parseImageManifest,
} from "@apkmill/oci";
import { platformName } from "./image.ts";
import { PublishError } from "./publish-error.ts";

/** An image as a registry serves it; every manifest has been hashed. */
export interface ServedImage {
  /** What the reference resolves to: an index, or the manifest of an image for one platform. */
  readonly digest: Digest;
  readonly isIndex: boolean;
  readonly platforms: readonly ServedPlatform[];
}

export interface ServedPlatform {
  /** `os/architecture[/variant]` as the index says; empty for an image without an index. */
  readonly platform: string;
  readonly digest: Digest;
  /** Its config and layers. */
  readonly blobs: readonly Descriptor[];
}

/**
 * Resolves a reference once and reads what is behind it; from then on only digests count.
 * @throws PublishError PUBLISH_IMAGE_MISSING · OciError REGISTRY_CONTENT_CHANGED
 */
export async function fetchServedImage(client: RegistryClient, reference: Reference): Promise<ServedImage> {
  const name = formatReference(reference);
  const served = await client.getManifest(reference.digest ?? reference.tag ?? "latest");
  if (served === undefined) throw missing(`reading ${name}: expected an image, found nothing`);
  if (!isIndexType(served.mediaType)) {
    return { digest: served.digest, isIndex: false, platforms: [platformOf("", served, name)] };
  }
  const index = parseImageIndex(served.bytes);
  if (index === undefined) throw missing(`reading ${name}: expected an image index, found something else`);
  const images = index.manifests.filter((descriptor) => !isBuildKitNote(descriptor));
  const platforms = await Promise.all(images.map((descriptor) => fetchPlatform(client, descriptor, name)));
  if (platforms.length === 0) throw missing(`reading ${name}: expected an index with platforms, found none in it`);
  return { digest: served.digest, isIndex: true, platforms };
}

/** Entries for `unknown/unknown` are BuildKit's unsigned attestations. Every other one may be what somebody runs. */
function isBuildKitNote({ platform }: Descriptor): boolean {
  return platform?.os === "unknown" && platform.architecture === "unknown";
}

async function fetchPlatform(client: RegistryClient, descriptor: Descriptor, name: string): Promise<ServedPlatform> {
  const platform = descriptor.platform === undefined ? "" : platformName(descriptor.platform);
  const served = await client.getManifest(descriptor.digest);
  if (served === undefined) {
    throw missing(`reading ${name}: expected manifest ${descriptor.digest} of ${platform}, found nothing`);
  }
  return platformOf(platform, served, name);
}

function platformOf(platform: string, served: ServedManifest, name: string): ServedPlatform {
  const manifest = parseImageManifest(served.bytes);
  if (manifest === undefined) {
    throw missing(
      `reading ${name}: expected ${served.digest} to be an image manifest, found ${served.mediaType || "something else"}`,
    );
  }
  return { platform, digest: served.digest, blobs: [manifest.config, ...manifest.layers] };
}

function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerManifestList;
}

function missing(message: string): PublishError {
  return new PublishError("PUBLISH_IMAGE_MISSING", message, {
    kind: "remote",
    hint: "check the reference; an image that was pushed only in part must be published again",
  });
}
