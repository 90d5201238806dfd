import { compareBytes, type Digest, type Limits } from "@apkmill/core";
import { openLayout, type ImageConfigFile, type Layout, type LayoutPlatform } from "@apkmill/oci";
import { planManifest, type PlannedEntry, type StackedEntry, type StackedTree } from "@apkmill/rootfs";
import { platformText } from "./built-image.ts";
import { explainEntries, type GeneratedEntry } from "./explain-entries.ts";
import { readStackedImage, type StackedImage } from "./stacked-image.ts";

export interface InspectedImage {
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
  readonly sizeBytes: number;
  readonly entries: number;
  /** `name=version`, as the manifest says. */
  readonly packages: readonly string[];
  /** `verbatim`: a package's own data section; `joined`, `generated`; `unknown` in images of others. */
  readonly kind: string;
}

export interface InspectedPackage {
  readonly name: string;
  readonly version: string;
  readonly origin: string;
  readonly license: string;
  readonly installedSizeBytes: number;
}

/**
 * Says what is inside a layout, and why, reading and checking every layer.
 * @throws OciError LAYOUT_… · ImageError IMAGE_CONTENT, IMAGE_UNSUPPORTED · RootfsError ROOTFS_BAD_DATABASE · ArchiveError
 */
export async function inspectImage(
  path: string,
  limits: Limits,
  { tree = false }: { readonly tree?: boolean } = {},
): Promise<InspectedImage> {
  const layout = await openLayout(path, limits);
  const platforms: InspectedPlatform[] = [];
  for (const platform of layout.platforms) platforms.push(await inspectPlatform(layout, platform, limits, tree));
  return { digest: layout.top.digest, platforms };
}

async function inspectPlatform(
  layout: Layout,
  platform: LayoutPlatform,
  limits: Limits,
  withTree: boolean,
): Promise<InspectedPlatform> {
  const { descriptor, config } = platform;
  const image = await readStackedImage(layout, platform, limits);
  return {
    platform: platformText(platform.platform),
    digest: descriptor.digest,
    config: config.config,
    created: config.created ?? "",
    layers: describeLayers(platform, image),
    packages: image.installed.map(({ name, version, origin, license, installedSizeBytes }) => {
      return { name, version, origin, license, installedSizeBytes };
    }),
    generated: explainEntries(image),
    ...(withTree ? { tree: treeLines(image.tree) } : {}),
  };
}

function describeLayers({ manifest }: LayoutPlatform, { layers }: StackedImage): InspectedLayer[] {
  return manifest.layers.map(({ digest, size, annotations = {} }, position) => ({
    digest,
    sizeBytes: size,
    entries: layers[position]?.length ?? 0,
    packages: (annotations["dev.apkmill.packages"] ?? "").split(" ").filter((label) => label !== ""),
    kind: annotations["dev.apkmill.layer"] ?? "unknown",
  }));
}

/** In the form of an install plan's manifest, so that the two can be compared line by line. */
function treeLines(stack: StackedTree): string[] {
  const firstNames = new Map<string, string>();
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
