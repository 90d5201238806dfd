import { toPlatform } from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import { pathExists, type Ports } from "@apkmill/core";
import { openImage, type ImagePlatform, type OpenedImage } from "@apkmill/oci";
import type { InstalledRoot, RootView } from "@apkmill/rootfs";
import { readBaseRoot, readListing, viewBase } from "./base-database.ts";
import { unusableBase } from "./base-error.ts";
import { takeLayer, type BaseLayer } from "./base-layer.ts";
import { unpackBase, type BaseTree } from "./base-tree.ts";
import { LayersBudget } from "./tree-budget.ts";

/** One platform of the image that another one is built on (reference apko §4.6); its layers are in the store. */
export interface BaseImage {
  /** As the configuration names it. */
  readonly name: string;
  readonly platform: ImagePlatform;
  readonly tree: BaseTree;
  readonly view: RootView;
  readonly root: InstalledRoot;
}

export type BaseImageKey = NonNullable<ImageConfig["contents"]["baseImage"]>;

/** Docker takes 125 layers, and one more at least comes on top. */
const mostBaseLayers = 124;

/**
 * The base image for each architecture, by apk's name of it: an OCI layout directory, ours, apko's or another tool's, or a tar.
 * @throws ImageError IMAGE_BASE · OciError LAYOUT_… · RootfsError ROOTFS_BAD_DATABASE · CoreError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function openBaseImages(
  ports: Ports,
  { image, apkIndex }: BaseImageKey,
  archs: readonly string[],
): Promise<ReadonlyMap<string, BaseImage>> {
  if (!(await pathExists(image))) throw unusableBase(image, "there is nothing");
  const layout = await openImage(ports, image);
  const bases = new Map<string, BaseImage>();
  for (const arch of archs) {
    const platform = choosePlatform(layout, arch);
    const layers = await takeLayers(ports, layout, platform);
    const tree = unpackBase(image, layers, ports.limits);
    const view = viewBase(tree);
    const listing = apkIndex === "" ? [] : await readListing(apkIndex, arch, ports.limits);
    const root = await readBaseRoot(image, { tree, view, listing }, ports.limits);
    if (root.packages.length === 0) ports.log.warn(`${arch}: the base image ${image} lists no packages`);
    bases.set(arch, { name: image, platform, tree, view, root });
  }
  return bases;
}

/** As apko, by the architecture; of two that differ in the variant the one that is asked for, or one that names none. */
function choosePlatform({ name, platforms }: OpenedImage, arch: string): ImagePlatform {
  const wanted = toPlatform(arch);
  const fitting = platforms.filter(
    ({ platform: { os, architecture } }) => os === wanted.os && architecture === wanted.architecture,
  );
  const exact = fitting.filter(({ platform }) => platform.variant === wanted.variant);
  const open = fitting.filter(({ platform }) => platform.variant === undefined || wanted.variant === undefined);
  const [chosen, ...others] = exact.length > 0 ? exact : open;
  if (chosen !== undefined && others.length === 0) return chosen;
  throw unusableBase(name, `it has ${chosen === undefined ? "no image" : "several images"} for ${arch}`);
}

async function takeLayers(
  ports: Pick<Ports, "store" | "limits">,
  image: OpenedImage,
  platform: ImagePlatform,
): Promise<BaseLayer[]> {
  const count = platform.manifest.layers.length;
  if (count > mostBaseLayers) {
    const problem = `it has ${String(count)} layers, and there is room for ${String(mostBaseLayers)}`;
    throw unusableBase(image.name, problem, "build on an image of fewer layers");
  }
  const layers: BaseLayer[] = [];
  const budget = new LayersBudget(ports.limits);
  for (const position of platform.manifest.layers.keys()) {
    layers.push(await takeLayer(ports, image, platform, position, budget));
  }
  return layers;
}
