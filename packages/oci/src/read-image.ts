import { requireWithin } from "@apkmill/core";
import type { OciError } from "./oci-error.ts";
import type { ImagePlatform, OpenedImage } from "./opened-image.ts";
import { parseImageConfigFile, parseImageIndex, parseImageManifest } from "./parse-values.ts";
import { mediaTypes, type Descriptor, type ImageConfigFile, type Platform } from "./values.ts";

/** Where the blobs of an image are; whatever comes out has the digest and the size that its descriptor says. */
export interface ImageBlobs {
  /** As the user named the image. */
  readonly name: string;
  /** A blob that is held in memory: manifests and configurations. */
  read(descriptor: Descriptor): Promise<Uint8Array>;
  open(descriptor: Descriptor): AsyncIterable<Uint8Array>;
  /** The error for an image that is none. */
  malformed(problem: string): OciError;
}

/** Real indexes name a dozen platforms and a note for each; more only costs whoever reads them time. */
const mostPlatforms = 128;
/** Docker takes 125 layers. One layer that is named a thousand times would be unpacked as often. */
export const mostLayers = 512;

/**
 * The image that `top` names; `choose` may leave out manifests of its index. Index, manifests and configurations are read here, layers when they are asked for: as everything
 * hangs by its digest from `top`, no changed byte passes.
 * @throws OciError LAYOUT_… or REGISTRY_… · CoreError LIMIT_EXCEEDED
 */
export async function readImage(blobs: ImageBlobs, top: Descriptor, choose = everyManifest): Promise<OpenedImage> {
  return {
    name: blobs.name,
    top,
    refName: top.annotations?.["org.opencontainers.image.ref.name"],
    platforms: await readPlatforms(blobs, isIndex(top) ? choose(await readIndex(blobs, top)) : [top]),
    open: (descriptor) => blobs.open(descriptor),
  };
}

/** The platforms that the manifests describe, in their order. @throws as {@link readImage} */
export async function readPlatforms(
  blobs: ImageBlobs,
  descriptors: readonly Descriptor[],
): Promise<readonly ImagePlatform[]> {
  requireWithin(`${blobs.name}: images of the index`, descriptors.length, mostPlatforms);
  if (descriptors.length === 0) throw blobs.malformed("its index names no image");
  const platforms: ImagePlatform[] = [];
  // One after the other: what is held in memory stays within one limit.
  for (const descriptor of descriptors) platforms.push(await readPlatform(blobs, descriptor));
  return platforms;
}

/** True for a descriptor of several images. */
export function isIndex({ mediaType }: Descriptor): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerManifestList;
}

const everyManifest = (manifests: readonly Descriptor[]): readonly Descriptor[] => manifests;

/** Entries for `unknown/unknown` are BuildKit's notes about an image. Every other one is an image. */
export function withoutNotes(manifests: readonly Descriptor[]): readonly Descriptor[] {
  return manifests.filter(({ platform }) => platform?.os !== "unknown" || platform.architecture !== "unknown");
}

async function readIndex(blobs: ImageBlobs, top: Descriptor): Promise<readonly Descriptor[]> {
  const index = parseImageIndex(await blobs.read(top));
  if (index === undefined) throw blobs.malformed(`${top.digest} is no index of images`);
  return index.manifests;
}

async function readPlatform(blobs: ImageBlobs, descriptor: Descriptor): Promise<ImagePlatform> {
  const manifest = parseImageManifest(await blobs.read(descriptor));
  if (manifest === undefined) throw blobs.malformed(`${descriptor.digest} is no image manifest`);
  requireWithin(`${blobs.name}: layers of ${descriptor.digest}`, manifest.layers.length, mostLayers);
  const config = parseImageConfigFile(await blobs.read(manifest.config));
  if (config === undefined) throw blobs.malformed(`${manifest.config.digest} is no image configuration`);
  if (config.rootfs.diff_ids.length !== manifest.layers.length)
    throw blobs.malformed(`${descriptor.digest} and its configuration have different numbers of layers`);
  return { descriptor, platform: descriptor.platform ?? platformIn(config), manifest, config };
}

/** The platform that a configuration says it is for. */
export function platformIn({ os, architecture, variant }: ImageConfigFile): Platform {
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}
