import { createReadStream } from "node:fs";
import { join } from "node:path";
import { digestOf, hexOf, readFileWithin, requireDigest, type Digest, type Ports } from "@apkmill/core";
import { mediaTypes, type Descriptor } from "@apkmill/oci";
import { platformName, type ManifestBytes, type PlatformImage, type PublishableImage } from "./image.ts";
import { parseImageIndex, parseImageManifest } from "./manifest-values.ts";
import { PublishError } from "./publish-error.ts";

type LimitsPort = Pick<Ports, "limits">;

/**
 * The image in an OCI layout directory (image-spec, "Image Layout"): the one index, or the one manifest, that its
 * index.json names. Index and manifests are hashed here; configs and layers are hashed when they leave.
 * @throws PublishError PUBLISH_LAYOUT · CoreError DIGEST_MISMATCH, FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function readLayout(ports: LimitsPort, path: string): Promise<PublishableImage> {
  const index = await readTop(ports, path);
  const platforms = isIndex(index.descriptor) ? await readPlatforms(ports, path, index) : [toPlatform(path, index)];
  const descriptors = platforms.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
  const sizes = new Map(descriptors.map(({ digest, size }) => [digest, size]));
  return {
    index,
    platforms,
    blob: (digest) => ({
      digest,
      sizeBytes: sizes.get(digest) ?? 0,
      open: () => createReadStream(blobPath(path, digest), { highWaterMark: 256 * 1024 }),
    }),
  };
}

async function readTop({ limits }: LimitsPort, path: string): Promise<ManifestBytes> {
  const top = parseImageIndex(await readFileWithin(join(path, "index.json"), limits.manifestBytes));
  const [entry, ...others] = top?.manifests ?? [];
  if (entry !== undefined && others.length === 0) return readManifest({ limits }, path, entry);
  const found = top === undefined ? "something else" : String(top.manifests.length);
  throw unusable(path, `expected an index.json that names one image, found ${found}`);
}

async function readPlatforms(ports: LimitsPort, path: string, index: ManifestBytes): Promise<PlatformImage[]> {
  const entries = parseImageIndex(index.bytes)?.manifests ?? [];
  if (entries.length === 0) throw unusable(path, `expected ${index.descriptor.digest} to name platforms, found none`);
  return Promise.all(entries.map(async (entry) => toPlatform(path, await readManifest(ports, path, entry))));
}

async function readManifest({ limits }: LimitsPort, path: string, descriptor: Descriptor): Promise<ManifestBytes> {
  const bytes = await readFileWithin(blobPath(path, descriptor.digest), limits.manifestBytes);
  requireDigest(`manifest ${descriptor.digest} of the layout ${path}`, descriptor.digest, digestOf(bytes));
  if (bytes.byteLength === descriptor.size) return { descriptor, bytes };
  throw unusable(
    path,
    `expected ${descriptor.digest} to have ${String(descriptor.size)} bytes, found ${String(bytes.byteLength)}`,
  );
}

function toPlatform(path: string, { descriptor, bytes }: ManifestBytes): PlatformImage {
  const manifest = parseImageManifest(bytes);
  if (manifest === undefined) throw unusable(path, `expected ${descriptor.digest} to be an image manifest`);
  if (descriptor.platform === undefined)
    throw unusable(path, `expected a platform beside ${descriptor.digest}, found none`);
  return { platform: platformName(descriptor.platform), descriptor, bytes, manifest };
}

function isIndex({ mediaType }: Descriptor): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerManifestList;
}

function blobPath(path: string, digest: Digest): string {
  return join(path, "blobs", "sha256", hexOf(digest));
}

function unusable(path: string, problem: string): PublishError {
  return new PublishError("PUBLISH_LAYOUT", `reading the layout ${path}: ${problem}`, {
    hint: "make it with apkmill image build",
    context: { path },
  });
}
