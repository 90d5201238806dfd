import { compareBytes, type Limits } from "@apkmill/core";
import { isIndex, type ImagePlatform, type OpenedImage } from "@apkmill/oci";
import type { StackedEntry } from "@apkmill/rootfs";
import { platformsByKey } from "./choose-platforms.ts";
import { diffPackages, type PackageState } from "./diff-packages.ts";
import { treeLines } from "./inspect-image.ts";
import { LayerReader } from "./layer-reader.ts";
import { readStackedImage, type StackedImage } from "./stacked-image.ts";

/** One thing that an image and what was built anew do not have in common. */
export interface BuildDifference {
  /** `os/architecture[/variant]`; left out for what is about the whole image. */
  readonly platform?: string;
  readonly what: "platform" | "package" | "config" | "annotation" | "layer" | "file" | "manifest" | "index";
  /** Of the package, the field, the annotation, the digest; the position of the layer, the path of the file. */
  readonly name: string;
  /** What the image has; left out where it has nothing. */
  readonly image?: string;
  /** What was built; left out where there is nothing. */
  readonly rebuilt?: string;
}

/**
 * All differences of two images, the most telling first: packages, fields of the configuration, annotations, layers, files with owner,
 * mode, time and hash.
 * @throws OciError LAYOUT_… · ImageError IMAGE_CONTENT · ArchiveError
 */
export async function compareImages(
  image: OpenedImage,
  rebuilt: OpenedImage,
  limits: Limits,
): Promise<BuildDifference[]> {
  const differences: BuildDifference[] = [];
  const ours = platformsByKey(rebuilt.platforms);
  for (const [platform, theirs] of platformsByKey(image.platforms)) {
    const own = ours.get(platform);
    if (own === undefined) differences.push({ what: "platform", name: platform, image: theirs.descriptor.digest });
    else if (own.descriptor.digest !== theirs.descriptor.digest) {
      const found = await comparePlatforms([image, theirs], [rebuilt, own], limits);
      differences.push(...found.map((difference) => ({ platform, ...difference })));
    }
  }
  if (differences.length > 0) return differences;
  const annotations = compareMaps("annotation", await annotationsOf(image), await annotationsOf(rebuilt));
  if (annotations.length > 0) return annotations;
  return [{ what: "index", name: "index", image: image.top.digest, rebuilt: rebuilt.top.digest }];
}

/** Those of the index, whose bytes were checked and parsed when the image was opened. */
async function annotationsOf(image: OpenedImage): Promise<ReadonlyMap<string, string>> {
  if (!isIndex(image.top)) return new Map();
  const text = Buffer.concat(await Array.fromAsync(image.open(image.top))).toString("utf8");
  const { annotations = {} } = JSON.parse(text) as { readonly annotations?: Readonly<Record<string, string>> };
  return new Map(Object.entries(annotations));
}

async function comparePlatforms(
  [image, theirs]: readonly [OpenedImage, ImagePlatform],
  [rebuilt, own]: readonly [OpenedImage, ImagePlatform],
  limits: Limits,
): Promise<BuildDifference[]> {
  const reader = new LayerReader(limits, 2);
  const stacks = [
    await readStackedImage(image, theirs, limits, reader),
    await readStackedImage(rebuilt, own, limits, reader),
  ] as const;
  const compare = (
    what: BuildDifference["what"],
    values: (side: 0 | 1) => ReadonlyMap<string, string>,
  ): BuildDifference[] => compareMaps(what, values(0), values(1));
  const platforms = [theirs, own] as const;
  const found = [
    ...packageDifferences(...stacks),
    ...compare("config", (side) => configOf(platforms[side])),
    ...compare("annotation", (side) => new Map(Object.entries(platforms[side].manifest.annotations ?? {}))),
    ...compare("layer", (side) => layersOf(platforms[side])),
    ...compare("file", (side) => filesOf(stacks[side])),
  ];
  if (found.length > 0) return found;
  const history = compare("config", (side) => historyOf(platforms[side]));
  // What else a manifest can say is said of no part: its media types, its artifact type.
  return history.length > 0
    ? history
    : compare("manifest", (side) => new Map([["digest", platforms[side].descriptor.digest]]));
}

function compareMaps(
  what: BuildDifference["what"],
  image: ReadonlyMap<string, string>,
  rebuilt: ReadonlyMap<string, string>,
): BuildDifference[] {
  const names = new Set([...image.keys(), ...rebuilt.keys()]);
  return [...names].flatMap((name) => {
    const [left, right] = [image.get(name), rebuilt.get(name)];
    if (left === right) return [];
    return [
      {
        what,
        name,
        ...(left === undefined ? {} : { image: left }),
        ...(right === undefined ? {} : { rebuilt: right }),
      },
    ];
  });
}

function packageDifferences(image: StackedImage, rebuilt: StackedImage): BuildDifference[] {
  const textOf = ({ version, checksum }: PackageState): string => `${version} ${checksum}`;
  return diffPackages(image.installed, rebuilt.installed).map(({ name, from, to }) => ({
    what: "package",
    name,
    ...(from === undefined ? {} : { image: textOf(from) }),
    ...(to === undefined ? {} : { rebuilt: textOf(to) }),
  }));
}

/** What follows from the layers is told of the layers. */
function configOf({ config }: ImagePlatform): Map<string, string> {
  return new Map(leaves("", { ...config, rootfs: undefined, history: undefined }).filter(([, text]) => text !== ""));
}

function historyOf({ config }: ImagePlatform): Map<string, string> {
  return new Map((config.history ?? []).map((step, position) => [`history.${String(position)}`, JSON.stringify(step)]));
}

function leaves(path: string, value: unknown): [string, string][] {
  if (value === undefined) return [[path, ""]];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[path, "{}"]];
  return entries.flatMap(([key, item]) => leaves(path === "" ? key : `${path}.${key}`, item));
}

function layersOf({ manifest }: ImagePlatform): Map<string, string> {
  return new Map(
    manifest.layers.map(({ digest, annotations = {} }, position) => {
      const notes = Object.entries(annotations).sort(([a], [b]) => compareBytes(a, b));
      return [String(position), [digest, ...notes.map(([name, text]) => `${name}=${text}`)].join(" ")];
    }),
  );
}

/** A line of the manifest ends with the path and the link; what it leaves out, as it cannot be seen on every disk, is added. */
function filesOf({ tree }: StackedImage): Map<string, string> {
  return new Map(
    treeLines(tree).map((line) => {
      const fields = line.split("\t");
      const [path = "", link = ""] = [fields.at(-2)?.slice(2), fields.at(-1)];
      return [
        path,
        [...fields.slice(0, -2), ...(link === "" ? [] : [`-> ${link}`]), ...unlisted(tree.get(path))].join(" "),
      ];
    }),
  );
}

function unlisted(standing: StackedEntry | undefined): string[] {
  if (standing === undefined) return [];
  const { type, mtime, xattrs } = standing.entry;
  const attributes = [...xattrs]
    .map(([name, value]) => `${name}=${Buffer.from(value).toString("hex")}`)
    .sort(compareBytes);
  return [...(type === "directory" ? [`time ${String(mtime)}`] : []), ...attributes];
}
