import type { Digest } from "@apkmill/core";
import type { BlobSource, Descriptor, ImageManifest, Platform } from "@apkmill/oci";

/** A manifest or index with the bytes that its digest names. */
export interface ManifestBytes {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** One platform of an image. */
export interface PlatformImage extends ManifestBytes {
  /** `os/architecture[/variant]` */
  readonly platform: string;
  readonly manifest: ImageManifest;
}

/** An image that is ready to be pushed: everything in it has been hashed. */
export interface PublishableImage {
  /** What the tags will point to. */
  readonly index: ManifestBytes;
  /** In the order of the index. */
  readonly platforms: readonly PlatformImage[];
  /** A config or layer of the image. */
  readonly blob: (digest: Digest) => BlobSource;
}

/** A platform as users write it: `linux/arm64`, `linux/arm/v7`. */
export function platformName({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

/** The configs and layers of all platforms, each once, smallest first so that a refusal comes early. */
export function blobsOf({ platforms }: Pick<PublishableImage, "platforms">): Descriptor[] {
  const all = platforms.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
  const once = new Map(all.map((descriptor) => [descriptor.digest, descriptor]));
  return [...once.values()].sort((a, b) => a.size - b.size || (a.digest < b.digest ? -1 : 1));
}
