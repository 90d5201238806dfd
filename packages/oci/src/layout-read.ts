import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { digestOf, hexOf, isSystemError, readFileWithin, reasonOf, type Digest, type Limits } from "@apkmill/core";
import { OciError } from "./oci-error.ts";
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
  readonly refName: string | undefined;
  readonly platforms: readonly LayoutPlatform[];
  /** Streams a blob and refuses it at its end when size or digest are not those of the descriptor. */
  open(descriptor: Descriptor): AsyncIterable<Uint8Array>;
}

/**
 * Reads a layout of one image. Index, manifests and configurations are hashed here, layers when they are read: no changed byte passes.
 * @throws OciError LAYOUT_MALFORMED, LAYOUT_CONTENT · CoreError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function openLayout(path: string, limits: Limits): Promise<Layout> {
  const outer = parse(
    path,
    "index.json",
    await readFileWithin(join(path, "index.json"), limits.manifestBytes),
  ) as Partial<ImageIndex>;
  const [top, ...others] = outer.manifests ?? [];
  if (top === undefined || others.length > 0) throw malformed(path, "expected an index.json that names one image");
  const bytes = await readBlob(path, top, limits);
  const isIndex = top.mediaType === mediaTypes.index || top.mediaType === mediaTypes.dockerManifestList;
  const descriptors = isIndex ? (parse(path, top.digest, bytes) as ImageIndex).manifests : [top];
  if (!Array.isArray(descriptors) || descriptors.length === 0) throw malformed(path, `${top.digest} names no manifest`);
  return {
    path,
    top,
    refName: top.annotations?.["org.opencontainers.image.ref.name"],
    platforms: await Promise.all(descriptors.map((descriptor) => readPlatform(path, descriptor, limits))),
    open: (descriptor) => openBlob(path, descriptor),
  };
}

async function readPlatform(path: string, descriptor: Descriptor, limits: Limits): Promise<LayoutPlatform> {
  const manifest = parse(path, descriptor.digest, await readBlob(path, descriptor, limits)) as ImageManifest;
  if (!Array.isArray(manifest.layers) || typeof manifest.config !== "object")
    throw malformed(path, `${descriptor.digest} is no image manifest`);
  const config = parse(path, manifest.config.digest, await readBlob(path, manifest.config, limits)) as ImageConfigFile;
  const { os, architecture, variant } = config;
  const platform = descriptor.platform ?? { os, architecture, ...(variant === undefined ? {} : { variant }) };
  return { descriptor, platform, manifest, config };
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
    if (!isSystemError(cause)) throw cause;
    throw new OciError("LAYOUT_CONTENT", `${path}: blob ${descriptor.digest} cannot be read: ${reasonOf(cause)}`, {
      cause,
      context: { path },
    });
  }
  requireContent(path, descriptor, sizeBytes, `sha256:${hash.digest("hex")}`);
}

function requireContent(path: string, descriptor: Descriptor, sizeBytes: number, digest: Digest): void {
  if (descriptor.digest === digest && descriptor.size === sizeBytes) return;
  throw new OciError(
    "LAYOUT_CONTENT",
    `${path}: blob ${descriptor.digest}: expected ${descriptor.size} bytes, found ${sizeBytes} bytes with ${digest}`,
    {
      hint: "build the image again; this layout was changed or damaged",
      context: { path },
    },
  );
}

function blobPath(path: string, digest: Digest): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw malformed(path, `${JSON.stringify(digest)} is no digest`);
  return join(path, "blobs", "sha256", hexOf(digest));
}

function parse(path: string, what: string, bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw malformed(path, `${what} is not JSON`, cause);
  }
  throw malformed(path, `${what} is no JSON object`);
}

function malformed(path: string, problem: string, cause?: unknown): OciError {
  return new OciError("LAYOUT_MALFORMED", `${path} is no OCI layout of one image: ${problem}`, {
    hint: "make it with apkmill image build",
    cause,
    context: { path },
  });
}
