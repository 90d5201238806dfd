import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { digestOf, hexOf, isSystemError, readFileWithin, reasonOf, type Digest, type Limits } from "@apkmill/core";
import { OciError } from "./oci-error.ts";
import { parseImageConfigFile, parseImageIndex, parseImageManifest } from "./parse-values.ts";
import {
  mediaTypes,
  type Descriptor,
  type ImageConfigFile,
  type ImageIndex,
  type ImageManifest,
  type Platform,
} from "./values.ts";

/** One platform of a layout, with the values that its manifest and configuration hold. */
export interface LayoutPlatform {
  readonly descriptor: Descriptor;
  readonly platform: Platform;
  readonly manifest: ImageManifest;
  readonly config: ImageConfigFile;
}

export interface Layout {
  readonly path: string;
  /** The index (or the one manifest) that the layout is of. */
  readonly top: Descriptor;
  /** Name of the image inside the layout. */
  readonly refName: string | undefined;
  readonly platforms: readonly LayoutPlatform[];
  /** Streams a blob and refuses it at its end when size or digest are not those of the descriptor. */
  open(descriptor: Descriptor): AsyncIterable<Uint8Array>;
}

/**
 * Reads a layout of one image. Index, manifests and configurations are hashed here, layers when they are read.
 *
 * No changed byte passes: everything hangs by its digest from the one descriptor in `index.json`. What can be changed there
 * without notice (the image's name in the layout, white space) says nothing about the content; another digest or size names
 * a blob that is not there. A layout whose `index.json` is itself the image's index, as apko writes it, has nothing to be
 * checked against, and is refused.
 * @throws OciError LAYOUT_MALFORMED, LAYOUT_CONTENT · CoreError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function openLayout(path: string, limits: Limits): Promise<Layout> {
  await requireVersion(path, limits);
  const top = await readTop(path, limits);
  const descriptors = isIndex(top) ? (await readIndex(path, top, limits)).manifests : [top];
  return {
    path,
    top,
    refName: top.annotations?.["org.opencontainers.image.ref.name"],
    platforms: await Promise.all(descriptors.map((descriptor) => readPlatform(path, descriptor, limits))),
    open: (descriptor) => openBlob(path, descriptor),
  };
}

async function requireVersion(path: string, limits: Limits): Promise<void> {
  const text = (await readFileWithin(join(path, "oci-layout"), limits.manifestBytes)).toString("utf8");
  if (!/"imageLayoutVersion"\s*:\s*"1\.\d+\.\d+"/.test(text)) throw malformed(path, "oci-layout names no version 1");
}

async function readTop(path: string, limits: Limits): Promise<Descriptor> {
  const outer = parseImageIndex(await readFileWithin(join(path, "index.json"), limits.manifestBytes));
  if (outer === undefined) throw malformed(path, "index.json is no image index");
  const [top, ...others] = outer.manifests;
  if (top !== undefined && others.length === 0) return top;
  throw malformed(path, `expected an index.json that names one image, found ${String(outer.manifests.length)}`);
}

async function readIndex(path: string, top: Descriptor, limits: Limits): Promise<ImageIndex> {
  const index = parseImageIndex(await readBlob(path, top, limits));
  if (index !== undefined && index.manifests.length > 0) return index;
  throw malformed(path, `${top.digest} is no index of images`);
}

async function readPlatform(path: string, descriptor: Descriptor, limits: Limits): Promise<LayoutPlatform> {
  const manifest = parseImageManifest(await readBlob(path, descriptor, limits));
  if (manifest === undefined) throw malformed(path, `${descriptor.digest} is no image manifest`);
  const config = parseImageConfigFile(await readBlob(path, manifest.config, limits));
  if (config === undefined) throw malformed(path, `${manifest.config.digest} is no image configuration`);
  if (config.rootfs.diff_ids.length !== manifest.layers.length)
    throw malformed(path, `${descriptor.digest} and its configuration have different numbers of layers`);
  return { descriptor, platform: descriptor.platform ?? platformOf(config), manifest, config };
}

function platformOf({ os, architecture, variant }: ImageConfigFile): Platform {
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function isIndex({ mediaType }: Descriptor): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerManifestList;
}

async function readBlob(path: string, descriptor: Descriptor, limits: Limits): Promise<Buffer> {
  const bytes = await readFileWithin(blobPath(path, descriptor.digest), limits.manifestBytes);
  requireContent(path, descriptor, bytes.length, digestOf(bytes));
  return bytes;
}

async function* openBlob(path: string, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  try {
    for await (const chunk of createReadStream(blobPath(path, descriptor.digest), { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Buffer);
      sizeBytes += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  } catch (cause) {
    throw isSystemError(cause) ? unreadable(path, descriptor, cause) : cause;
  }
  requireContent(path, descriptor, sizeBytes, `sha256:${hash.digest("hex")}`);
}

function requireContent(path: string, descriptor: Descriptor, sizeBytes: number, digest: Digest): void {
  if (descriptor.digest === digest && descriptor.size === sizeBytes) return;
  const found = `${String(sizeBytes)} bytes with ${digest}`;
  throw new OciError(
    "LAYOUT_CONTENT",
    `${path}: blob ${descriptor.digest}: expected ${String(descriptor.size)} bytes, found ${found}`,
    { hint: "build the image again; this layout was changed or damaged", context: { path } },
  );
}

function unreadable(path: string, { digest }: Descriptor, cause: unknown): OciError {
  return new OciError("LAYOUT_CONTENT", `${path}: blob ${digest} cannot be read: ${reasonOf(cause)}`, {
    hint: "build the image again; this layout was changed or damaged",
    cause,
    context: { path },
  });
}

function blobPath(path: string, digest: Digest): string {
  return join(path, "blobs", "sha256", hexOf(digest));
}

function malformed(path: string, problem: string): OciError {
  return new OciError("LAYOUT_MALFORMED", `${path} is no OCI layout of one image: ${problem}`, {
    hint: "make it with apkmill image build",
    context: { path },
  });
}
