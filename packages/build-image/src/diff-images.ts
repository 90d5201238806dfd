import { compareBytes, type Digest, type Limits } from "@apkmill/core";
import type { ImagePlatform, OpenedImage } from "@apkmill/oci";
import type { StackedTree } from "@apkmill/rootfs";
import { choosePlatforms, platformsByKey } from "./choose-platforms.ts";
import { diffConfig, type ConfigChange } from "./diff-config.ts";
import { diffFiles, type FileChange } from "./diff-files.ts";
import { diffPackages, type PackageChange } from "./diff-packages.ts";
import { LayerReader } from "./layer-reader.ts";
import { readStackedImage } from "./stacked-image.ts";

/** What is different between two images, as plain data; lists are sorted by what they are about. */
export interface ImageDiff {
  readonly from: DiffedImage;
  readonly to: DiffedImage;
  /** True when every platform has the same configuration and the same layers, whatever they are packed with. */
  readonly equal: boolean;
  readonly platforms: readonly PlatformDiff[];
}

export interface DiffedImage {
  readonly name: string;
  readonly digest: Digest;
}

export interface PlatformDiff {
  readonly platform: string;
  /** `added`: only the second image has it; nothing else is said of it then. */
  readonly change: "none" | "added" | "removed" | "changed";
  /** Configuration and annotations. */
  readonly config: readonly ConfigChange[];
  /** By diffID, which is the same whatever a layer is packed with. */
  readonly layers: { readonly added: readonly Digest[]; readonly removed: readonly Digest[]; readonly same: number };
  readonly packages: readonly PackageChange[];
  readonly files: readonly FileChange[];
  readonly sizes: { readonly from: ImageSizes; readonly to: ImageSizes };
}

export interface ImageSizes {
  /** As they are packed. */
  readonly layersBytes: number;
  /** Content of all files, once for files with several names; left out where equal layers did not have to be read. */
  readonly filesBytes?: number;
}

/**
 * Compares two images platform by platform. A layer that both have is read once, and where all of them are the same none is.
 * @throws ImageError IMAGE_CONTENT, IMAGE_UNSUPPORTED · OciError LAYOUT_…, REGISTRY_… · RootfsError · ArchiveError · CoreError
 */
export async function diffImages(
  from: OpenedImage,
  to: OpenedImage,
  limits: Limits,
  { archs = [] }: { readonly archs?: readonly string[] } = {},
): Promise<ImageDiff> {
  const [before, after] = [platformsByKey(choosePlatforms(from, archs)), platformsByKey(choosePlatforms(to, archs))];
  const platforms: PlatformDiff[] = [];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort(compareBytes)) {
    const [old, now] = [before.get(name), after.get(name)];
    if (old !== undefined && now !== undefined)
      platforms.push(
        await diffPlatform(
          new LayerReader(limits, 2),
          name,
          { image: from, platform: old },
          { image: to, platform: now },
        ),
      );
    else platforms.push(onlyOne(name, old, now));
  }
  const equal = platforms.every(({ change }) => change === "none");
  return { from: nameOf(from), to: nameOf(to), equal, platforms };
}

interface Side {
  readonly image: OpenedImage;
  readonly platform: ImagePlatform;
}

async function diffPlatform(reader: LayerReader, platform: string, from: Side, to: Side): Promise<PlatformDiff> {
  const config = diffConfig(from.platform, to.platform);
  const layers = diffLayers(from.platform, to.platform);
  const sameLayers = layers.added.length + layers.removed.length === 0 && haveSameOrder(from.platform, to.platform);
  const sizes = { from: sizesOf(from.platform), to: sizesOf(to.platform) };
  const changed = sameLayers && config.length === 0 ? "none" : "changed";
  if (sameLayers) return { platform, change: changed, config, layers, packages: [], files: [], sizes };
  const old = await readStackedImage(from.image, from.platform, reader.limits, reader);
  const now = await readStackedImage(to.image, to.platform, reader.limits, reader);
  return {
    platform,
    change: "changed",
    config,
    layers,
    packages: diffPackages(old.installed, now.installed),
    files: diffFiles(old, now),
    sizes: {
      from: { ...sizes.from, filesBytes: filesBytesOf(old.tree) },
      to: { ...sizes.to, filesBytes: filesBytesOf(now.tree) },
    },
  };
}

function diffLayers({ config: from }: ImagePlatform, { config: to }: ImagePlatform): PlatformDiff["layers"] {
  const [old, now] = [new Set(from.rootfs.diff_ids), new Set(to.rootfs.diff_ids)];
  return {
    added: [...now].filter((layer) => !old.has(layer)),
    removed: [...old].filter((layer) => !now.has(layer)),
    same: [...now].filter((layer) => old.has(layer)).length,
  };
}

function haveSameOrder({ config: from }: ImagePlatform, { config: to }: ImagePlatform): boolean {
  const [old, now] = [from.rootfs.diff_ids, to.rootfs.diff_ids];
  return old.length === now.length && old.every((layer, position) => layer === now[position]);
}

function onlyOne(platform: string, old: ImagePlatform | undefined, now: ImagePlatform | undefined): PlatformDiff {
  const sizes = { from: sizesOf(old), to: sizesOf(now) };
  const layers = { added: now?.config.rootfs.diff_ids ?? [], removed: old?.config.rootfs.diff_ids ?? [], same: 0 };
  return {
    platform,
    change: old === undefined ? "added" : "removed",
    config: [],
    layers,
    packages: [],
    files: [],
    sizes,
  };
}

function sizesOf(platform: ImagePlatform | undefined): ImageSizes {
  return { layersBytes: (platform?.manifest.layers ?? []).reduce((sum, { size }) => sum + size, 0) };
}

/** Once for files with several names. */
function filesBytesOf(tree: StackedTree): number {
  const sizes = new Map(
    [...tree.values()].map(({ inode, entry }) => [inode, entry.type === "file" ? entry.sizeBytes : 0]),
  );
  return [...sizes.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0);
}

function nameOf({ name, top }: OpenedImage): DiffedImage {
  return { name, digest: top.digest };
}
