import { compareBytes, type Digest, type Limits } from "@apkmill/core";
import { openLayout, type ImageConfigFile, type ImagePlatform, type OpenedImage } from "@apkmill/oci";
import { planManifest, type LayerEntry, type PlannedEntry, type StackedEntry, type StackedTree } from "@apkmill/rootfs";
import { platformText } from "./built-image.ts";
import { choosePlatforms } from "./choose-platforms.ts";
import { explainEntries, type GeneratedEntry } from "./explain-entries.ts";
import { explainPackages, type PackageReason } from "./package-reasons.ts";
import { readStackedImage, type StackedImage } from "./stacked-image.ts";

export interface InspectedImage {
  /** Of the index, the manifest, or (in a docker archive) the configuration. */
  readonly digest: Digest;
  readonly platforms: readonly InspectedPlatform[];
}

export interface InspectedPlatform {
  /** `os/architecture[/variant]` */
  readonly platform: string;
  readonly digest: Digest;
  readonly config: ImageConfigFile["config"];
  /** RFC 3339; "" when the image does not say. */
  readonly created: string;
  /** Who or what made it; "" when the image does not say. */
  readonly author: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly layers: readonly InspectedLayer[];
  /** What the image's own database lists, by name. */
  readonly packages: readonly InspectedPackage[];
  /** Every path that is not as a package brought it, sorted. */
  readonly generated: readonly GeneratedEntry[];
  /** One line for each path, as `repo install --manifest` writes them; only when asked for. */
  readonly tree?: readonly string[];
}

export interface InspectedLayer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly entries: number;
  /** `name=version`, as the manifest says. */
  readonly packages: readonly string[];
  /** `verbatim`: a package's own data section; `joined`, `generated`; `base` of a base image; `unknown` in images of others. */
  readonly kind: string;
  /** Why it is a layer of its kind; "" when the manifest does not say. */
  readonly why: string;
}

export interface InspectedPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly origin: string;
  readonly license: string;
  /** Who packaged it; "" when the package does not say. */
  readonly maintainer: string;
  readonly installedSizeBytes: number;
  readonly why: PackageReason;
}

export interface InspectOptions {
  /** Also list every path. */
  readonly tree?: boolean;
  /** Only these architectures, in any spelling; all of them when empty. */
  readonly archs?: readonly string[];
}

/** As {@link inspectOpenedImage}, of a layout directory. */
export async function inspectImage(
  path: string,
  limits: Limits,
  options: InspectOptions = {},
): Promise<InspectedImage> {
  return inspectOpenedImage(await openLayout(path, limits), limits, options);
}

/**
 * Says what is inside an image, and why, reading and checking every layer.
 * @throws OciError LAYOUT_…, REGISTRY_… · ImageError IMAGE_CONTENT, IMAGE_UNSUPPORTED · RootfsError ROOTFS_BAD_DATABASE,
 * ROOTFS_UNSAFE_PATH · ArchiveError
 */
export async function inspectOpenedImage(
  image: OpenedImage,
  limits: Limits,
  { tree = false, archs = [] }: InspectOptions = {},
): Promise<InspectedImage> {
  const platforms: InspectedPlatform[] = [];
  for (const platform of choosePlatforms(image, archs))
    platforms.push(await inspectPlatform(image, platform, limits, tree));
  return { digest: image.top.digest, platforms };
}

async function inspectPlatform(
  opened: OpenedImage,
  platform: ImagePlatform,
  limits: Limits,
  withTree: boolean,
): Promise<InspectedPlatform> {
  const { descriptor, config, manifest } = platform;
  const image = await readStackedImage(opened, platform, limits);
  return {
    platform: platformText(platform.platform),
    digest: descriptor.digest,
    config: config.config,
    created: config.created ?? "",
    author: config.author ?? "",
    annotations: manifest.annotations ?? {},
    layers: describeLayers(platform, image),
    packages: describePackages(image, limits),
    generated: explainEntries(image),
    ...(withTree ? { tree: treeLines(image.tree) } : {}),
  };
}

function describeLayers({ manifest }: ImagePlatform, { layers, baseLayers }: StackedImage): InspectedLayer[] {
  return manifest.layers.map(({ digest, size, mediaType, annotations = {} }, position) => ({
    digest,
    mediaType,
    sizeBytes: size,
    entries: layers[position]?.length ?? 0,
    packages: (annotations["dev.apkmill.packages"] ?? "").split(" ").filter((label) => label !== ""),
    kind: annotations["dev.apkmill.layer"] ?? (position < baseLayers ? "base" : "unknown"),
    why: annotations["dev.apkmill.why"] ?? "",
  }));
}

const noReason: PackageReason = { world: [], requiredBy: [], installIf: [], path: [] };

function describePackages({ installed, world }: StackedImage, limits: Limits): InspectedPackage[] {
  const reasons = explainPackages(installed, world, limits);
  return installed.map(({ name, version, arch, origin, license, maintainer, installedSizeBytes }) => {
    const why = reasons.get(name) ?? noReason;
    return { name, version, arch, origin, license, maintainer, installedSizeBytes, why };
  });
}

/** In the form of an install plan's manifest, so that the two can be compared line by line. */
export function treeLines(stack: StackedTree): string[] {
  const firstNames = new Map<LayerEntry, string>();
  const sorted = [...stack].sort(([a], [b]) => compareBytes(a, b));
  for (const [path, { inode }] of sorted) if (!firstNames.has(inode)) firstNames.set(inode, path);
  const entries = sorted.map(([path, standing]) => plannedForm(path, standing, firstNames.get(standing.inode) ?? path));
  return planManifest(entries).split("\n").slice(0, -1);
}

function plannedForm(path: string, { entry }: StackedEntry, first: string): PlannedEntry {
  const linked = first === path ? {} : { type: "hardlink" as const, linkPath: first };
  const source = { kind: "generated", content: new Uint8Array(0) } as const;
  return { ...entry, ...linked, path, uname: "", gname: "", source, reason: "" };
}
