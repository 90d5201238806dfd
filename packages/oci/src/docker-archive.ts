import { createHash } from "node:crypto";
import { digestOf, parseDigest, requireWithin, type Digest, type Limits } from "@apkmill/core";
import { requireStream } from "./blob-content.ts";
import type { ImagePlatform, OpenedImage } from "./opened-image.ts";
import { parseDockerManifest, parseImageConfigFile, type DockerImage } from "./parse-values.ts";
import { mostLayers, platformIn } from "./read-image.ts";
import { malformedTar, type TarMembers } from "./tar-members.ts";
import { mediaTypes, type Descriptor, type ImageConfigFile } from "./values.ts";

/**
 * The image of a docker archive, which has a configuration and layers but no manifest. The configuration is what the image is
 * known by (Docker's image ID), and its diffIDs are what layers are checked by; one that is written here joins them, so that
 * nobody has to ask where an image comes from. An archive of several images is refused.
 * @throws OciError LAYOUT_MALFORMED · CoreError LIMIT_EXCEEDED
 */
export async function readDockerArchive(members: TarMembers, limits: Limits): Promise<OpenedImage> {
  const { name } = members;
  const images = parseDockerManifest(await members.read("manifest.json", limits.manifestBytes));
  const [image] = images ?? [];
  if (image === undefined) throw malformedTar(name, "its manifest.json names no image");
  if (images !== undefined && images.length > 1)
    throw malformedTar(name, `its manifest.json names ${String(images.length)} images, and no index joins them`);
  const bytes = await members.read(image.Config, limits.manifestBytes);
  const config = parseImageConfigFile(bytes);
  if (config === undefined) throw malformedTar(name, `${image.Config} is no image configuration`);
  const top = { mediaType: mediaTypes.config, digest: digestOf(bytes), size: bytes.length };
  requireNamed(name, image.Config, top.digest);
  const layers = await describeLayers(members, image, config);
  const memberOf = new Map(layers.map(({ digest }, position) => [digest, image.Layers[position] ?? ""]));
  const platforms: ImagePlatform[] = [
    {
      descriptor: top,
      platform: platformIn(config),
      manifest: { schemaVersion: 2, mediaType: mediaTypes.manifest, config: top, layers },
      config,
    },
  ];
  return {
    name,
    top,
    refName: image.RepoTags?.[0],
    platforms,
    open: (descriptor) =>
      requireStream(name, descriptor, members.open(memberOf.get(descriptor.digest) ?? image.Config)),
  };
}

/** Writers of docker archives call the configuration by its digest; another content under that name is another image's. */
function requireNamed(name: string, path: string, digest: Digest): void {
  const stated = digestIn(path);
  if (stated !== undefined && stated !== digest) throw malformedTar(name, `${path} has the digest ${digest}`);
}

async function describeLayers(
  members: TarMembers,
  { Layers }: DockerImage,
  { rootfs }: ImageConfigFile,
): Promise<Descriptor[]> {
  requireWithin(`${members.name}: layers`, Layers.length, mostLayers);
  if (Layers.length !== rootfs.diff_ids.length)
    throw malformedTar(members.name, "its manifest.json and its configuration have different numbers of layers");
  const layers: Descriptor[] = [];
  for (const [position, path] of Layers.entries()) {
    const mediaType = mediaTypeOf(await startOf(members, path));
    const digest = mediaType.endsWith(".tar")
      ? rootfs.diff_ids[position]
      : (digestIn(path) ?? (await hashOf(members, path)));
    if (digest !== undefined) layers.push({ mediaType, digest, size: members.sizeOf(path) });
  }
  return layers;
}

/** Docker's own layers are not compressed; others put them in as a registry has them, whatever the name says. */
function mediaTypeOf(start: Buffer): string {
  if (start.readUInt16BE(0) === 0x1f8b) return mediaTypes.layerGzip;
  return start.readUInt32BE(0) === 0x28b52ffd ? mediaTypes.layerZstd : mediaTypes.layer;
}

/** The first four bytes, zeros where there are fewer. */
async function startOf(members: TarMembers, path: string): Promise<Buffer> {
  for await (const chunk of members.open(path)) return Buffer.concat([chunk.subarray(0, 4), Buffer.alloc(4)]);
  return Buffer.alloc(4);
}

async function hashOf(members: TarMembers, path: string): Promise<Digest> {
  const hash = createHash("sha256");
  for await (const chunk of members.open(path)) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

/** The digest that a path names: `blobs/sha256/HEX`, `HEX.json`, `sha256:HEX`, `HEX.tar.gz`. */
function digestIn(path: string): Digest | undefined {
  const hex = /(?:^|[/:])([0-9a-f]{64})(?:\.(?:json|tar|tar\.gz))?$/.exec(path)?.[1];
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`);
}
