import { createHash } from "node:crypto";
import { gunzip, readTar, unzstd, type TarEntry, type TarItem } from "@apkmill/archive";
import type { Limits } from "@apkmill/core";
import { mediaTypes, type Descriptor, type ImagePlatform, type OpenedImage } from "@apkmill/oci";
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

/** The entries of one layer with their content, under the names that they have in a root. @throws as {@link openLayerTar} */
export async function* readLayer(
  image: Pick<OpenedImage, "open">,
  platform: ImagePlatform,
  position: number,
  limits: Limits,
): AsyncGenerator<TarItem> {
  const what = layerName(platform, position);
  for await (const item of readTar(openLayerTar(image, platform, position, limits), limits, { what })) {
    const entry = inRoot(item.entry);
    if (entry !== undefined) yield { ...item, entry };
  }
}

/** What messages call a layer. */
export function layerName({ manifest }: ImagePlatform, position: number): string {
  const descriptor = manifest.layers[position];
  return descriptor === undefined ? "no layer" : nameOf(descriptor);
}

const nameOf = ({ digest }: Descriptor): string => `layer ${digest}`;

/** Others begin names with `./`, and list the root itself, which is left out. */
export function inRoot(entry: TarEntry): TarEntry | undefined {
  if (!entry.path.startsWith(".")) return withTarget(entry);
  const path = withoutDot(entry.path);
  return path === "." || path === "" ? undefined : withTarget({ ...entry, path });
}

/** A hard link names its file as the archive does. */
function withTarget(entry: TarEntry): TarEntry {
  const isDotted = entry.type === "hardlink" && entry.linkPath.startsWith("./");
  return isDotted ? { ...entry, linkPath: withoutDot(entry.linkPath) } : entry;
}

function withoutDot(path: string): string {
  return path.replace(/^(\.\/+)+/, "");
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
