import { createHash } from "node:crypto";
import { gunzip, readTar, unzstd, type TarEntry, type TarItem } from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import { mediaTypes, type Descriptor, type ImagePlatform, type OpenedImage } from "@apkmill/oci";
import { baseNameOf, isWhiteout, parentOf, requireSafePath } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/**
 * The tar of one layer. Compressed and uncompressed digest are checked as the bytes go by; they are known to be right only at the
 * end, as with everything that is read in one pass.
 * @throws ImageError IMAGE_CONTENT, IMAGE_UNSUPPORTED · OciError LAYOUT_CONTENT, REGISTRY_… · ArchiveError
 */
export async function* openLayerTar(
  image: Pick<OpenedImage, "open">,
  { manifest, config }: ImagePlatform,
  position: number,
  limits: Limits,
): AsyncGenerator<Uint8Array> {
  const descriptor = manifest.layers[position];
  if (descriptor === undefined) return;
  const hash = createHash("sha256");
  for await (const chunk of unpacked(image, descriptor, limits)) {
    hash.update(chunk);
    yield chunk;
  }
  const found = `sha256:${hash.digest("hex")}`;
  const expected = config.rootfs.diff_ids[position] ?? "nothing";
  if (found === expected) return;
  throw new ImageError(
    "IMAGE_CONTENT",
    `${nameOf(descriptor)} unpacks to ${found}, the configuration says ${expected}`,
    { hint: "build the image again" },
  );
}

/**
 * The entries of one layer with their content, under the names that they have in a root.
 * @throws as {@link openLayerTar} and {@link requireLayerEntry}
 */
export async function* readLayer(
  image: Pick<OpenedImage, "open">,
  platform: ImagePlatform,
  position: number,
  limits: Limits,
): AsyncGenerator<TarItem> {
  const what = layerName(platform, position);
  for await (const item of readTar(openLayerTar(image, platform, position, limits), limits, { what })) {
    const entry = inRoot(item.entry);
    if (entry === undefined) continue;
    requireLayerEntry(what, entry, limits);
    yield { ...item, entry };
  }
}

/** What messages call a layer. */
export function layerName({ manifest }: ImagePlatform, position: number): string {
  const descriptor = manifest.layers[position];
  return descriptor === undefined ? "no layer" : nameOf(descriptor);
}

const nameOf = ({ digest }: Descriptor): string => `layer ${digest}`;

/**
 * An entry under the name that it has in a root. Others begin names with `./`, and list the root itself, kaniko as `/`: that is left
 * out, as are aufs' notes (`.wh..wh.plnk`), which Docker passes over as well.
 */
export function inRoot(entry: TarEntry): TarEntry | undefined {
  if (entry.path === "/" || isNote(entry.path)) return undefined;
  if (!entry.path.startsWith(".")) return withTarget(entry);
  const path = withoutDot(entry.path);
  return path === "." || path === "" ? undefined : withTarget({ ...entry, path });
}

function isNote(path: string): boolean {
  return path.includes(".wh..wh.") && /(?:^|\/)\.wh\.\.wh\.(?!\.opq(?:\/|$))/.test(path);
}

/** A hard link names its file as the archive does; kaniko begins that name with a slash, which leads to the root of the image. */
function withTarget(entry: TarEntry): TarEntry {
  const isPlain = entry.type !== "hardlink" || !/^\.?\//.test(entry.linkPath);
  return isPlain ? entry : { ...entry, linkPath: withoutDot(entry.linkPath).replace(/^\/+/, "") };
}

function withoutDot(path: string): string {
  return path.replace(/^(\.\/+)+/, "");
}

/**
 * Refuses a name that cannot be in a root: one that leads out of it, and a whiteout that names nothing beside it. One rule for all who
 * read layers: what is shown is what would run.
 * @throws RootfsError ROOTFS_UNSAFE_PATH · ImageError IMAGE_CONTENT · CoreError LIMIT_EXCEEDED
 */
export function requireLayerEntry(
  what: string,
  { path, type, linkPath }: Pick<TarEntry, "path" | "type" | "linkPath">,
  limits: Limits,
): void {
  requireSafePath(what, path, limits);
  if (type === "hardlink") requireSafePath(what, linkPath, limits);
  if (!isWhiteout(path)) return;
  const name = baseNameOf(path);
  const problem =
    !name.startsWith(whiteout) || isWhiteout(parentOf(path)) ? "it is below a whiteout" : nameProblem(name);
  if (problem === undefined) return;
  throw new ImageError("IMAGE_CONTENT", `${what} has the whiteout ${path}: ${problem}`, {
    hint: "do not use this image: it is malformed or hostile",
    context: { path },
  });
}

const whiteout = ".wh.";

function nameProblem(name: string): string | undefined {
  const hidden = name.slice(whiteout.length);
  return hidden === "" || hidden === "." || hidden === ".." ? "it names no file beside it" : undefined;
}

const packings: Readonly<Record<string, "gzip" | "zstd" | "none">> = {
  [mediaTypes.layer]: "none",
  [mediaTypes.layerGzip]: "gzip",
  [mediaTypes.layerZstd]: "zstd",
  "application/vnd.docker.image.rootfs.diff.tar": "none",
  "application/vnd.docker.image.rootfs.diff.tar.gzip": "gzip",
  "application/vnd.docker.image.rootfs.diff.tar.zstd": "zstd",
};

function unpacked(
  image: Pick<OpenedImage, "open">,
  descriptor: Descriptor,
  { dataBytes, unpackRatio }: Limits,
): AsyncIterable<Uint8Array> {
  const [source, what] = [image.open(descriptor), nameOf(descriptor)];
  switch (packings[descriptor.mediaType]) {
    case "none":
      return source;
    case "gzip":
      return gunzip(source, { what, limitBytes: dataBytes, ratio: unpackRatio });
    case "zstd":
      return unzstd(source, { what, limitBytes: dataBytes });
    default:
      throw new ImageError("IMAGE_UNSUPPORTED", `${what} has the media type ${descriptor.mediaType}`, {
        hint: "convert the image to layers of tar, packed by gzip, zstd or not at all",
      });
  }
}
