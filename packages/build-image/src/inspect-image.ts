import { compareBytes, type Digest, type Limits } from "@apkmill/core";
import { openLayout, type ImageConfigFile, type Layout, type LayoutPlatform } from "@apkmill/oci";
import { stackedTree, type LayerEntry, type StackedTree } from "@apkmill/rootfs";
import { readLayerEntries } from "./layer-contents.ts";

export interface InspectedImage {
  readonly digest: Digest;
  readonly platforms: readonly InspectedPlatform[];
}

export interface InspectedPlatform {
  readonly platform: string;
  readonly digest: Digest;
  readonly config: ImageConfigFile["config"];
  readonly created: string;
  readonly layers: readonly InspectedLayer[];
  /** Paths of the last layer: what the image has beside the packages' own data, and what of them had to be restated. */
  readonly generated: readonly GeneratedEntry[];
  /** One line for each path, as `repo install --manifest` writes them; only when asked for. */
  readonly tree?: readonly string[];
}

export interface InspectedLayer {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly entries: number;
  /** `name=version`. */
  readonly packages: readonly string[];
  readonly kind: "packages" | "generated";
}

export interface GeneratedEntry {
  readonly path: string;
  readonly type: string;
  /** Why it is in the last layer: added (no layer below has it), replaced or restated. */
  readonly reason: string;
}

/** Says what is inside a layout, reading and checking every layer. @throws OciError, ImageError IMAGE_CONTENT, ArchiveError */
export async function inspectImage(
  path: string,
  limits: Limits,
  { tree = false }: { readonly tree?: boolean } = {},
): Promise<InspectedImage> {
  const layout = await openLayout(path, limits);
  const platforms = [];
  for (const platform of layout.platforms) platforms.push(await inspectPlatform(layout, platform, limits, tree));
  return { digest: layout.top.digest, platforms };
}

async function inspectPlatform(
  layout: Layout,
  platform: LayoutPlatform,
  limits: Limits,
  withTree: boolean,
): Promise<InspectedPlatform> {
  const { descriptor, manifest, config } = platform;
  const layers: LayerEntry[][] = [];
  for (let position = 0; position < manifest.layers.length; position += 1)
    layers.push(await readLayerEntries(layout, platform, position, limits));
  const stack = stackedTree(layers);
  return {
    platform: [
      platform.platform.os,
      platform.platform.architecture,
      ...(platform.platform.variant === undefined ? [] : [platform.platform.variant]),
    ].join("/"),
    digest: descriptor.digest,
    config: config.config,
    created: config.created ?? "",
    layers: manifest.layers.map((layer, position) => ({
      digest: layer.digest,
      sizeBytes: layer.size,
      entries: layers[position]?.length ?? 0,
      packages: (layer.annotations?.["dev.apkmill.packages"] ?? "").split(" ").filter((label) => label !== ""),
      kind: position === manifest.layers.length - 1 ? "generated" : "packages",
    })),
    generated: describeGenerated(layers),
    ...(withTree ? { tree: treeLines(stack) } : {}),
  };
}

function describeGenerated(layers: readonly LayerEntry[][]): GeneratedEntry[] {
  const below = stackedTree(layers.slice(0, -1));
  return (layers.at(-1) ?? [])
    .map((entry) => ({ path: entry.path, type: entry.type, reason: reasonOf(entry, below) }))
    .sort((a, b) => compareBytes(a.path, b.path));
}

function reasonOf(entry: LayerEntry, below: StackedTree): string {
  const standing = below.get(entry.path);
  if (standing === undefined) return "added: no package layer has it";
  if (entry.type === "directory")
    return "restated: a directory on the way, or one whose attributes the layers leave open";
  return standing.entry.sha256 === entry.sha256 && standing.entry.type === entry.type
    ? "restated: other attributes or names"
    : "replaced: other content";
}

/** Type, mode, uid, gid, size, mtime, sha256, path and link, as `planManifest` of the install plan has them. */
function treeLines(stack: StackedTree): string[] {
  const firstNames = new Map<string, string>();
  const sorted = [...stack].sort(([a], [b]) => compareBytes(a, b));
  for (const [path, { inode }] of sorted) if (!firstNames.has(inode)) firstNames.set(inode, path);
  return sorted.map(([path, { entry, inode }]) => {
    const letter = { file: "f", hardlink: "f", symlink: "l", directory: "d", character: "c", block: "b", fifo: "p" }[
      entry.type
    ];
    const first = firstNames.get(inode) ?? path;
    return [
      letter,
      entry.mode.toString(8),
      entry.uid,
      entry.gid,
      ...bodyOf(entry),
      `./${path}`,
      entry.type === "symlink" ? entry.linkPath : first === path ? "" : first,
    ].join("\t");
  });
}

function bodyOf({ type, sizeBytes, mtime, sha256, linkPath, device }: LayerEntry): (string | number)[] {
  switch (type) {
    case "file":
    case "hardlink":
      return [sizeBytes, mtime, sha256];
    case "symlink":
      return [Buffer.byteLength(linkPath), mtime, "-"];
    case "character":
    case "block":
      return [`${device?.major ?? 0},${device?.minor ?? 0}`, mtime, "-"];
    case "fifo":
      return ["-", mtime, "-"];
    case "directory":
      return ["-", "-", "-"];
  }
}
