import { createReadStream } from "node:fs";
import { join } from "node:path";
import { digestOf, hexOf, isSystemError, readFileWithin, reasonOf, type Digest, type Limits } from "@apkmill/core";
import { requireBytes, requireStream } from "./blob-content.ts";
import { OciError } from "./oci-error.ts";
import type { OpenedImage } from "./opened-image.ts";
import { parseImageIndex } from "./parse-values.ts";
import { isIndex, readImage, readPlatforms, withoutNotes, type ImageBlobs } from "./read-image.ts";
import { mediaTypes, type Descriptor } from "./values.ts";

/** A layout as its files are read: from a directory, or from a tar. */
export interface LayoutFiles {
  /** As the user named it. */
  readonly name: string;
  /** The file at a path of the layout. @throws CoreError FILE_UNREADABLE, LIMIT_EXCEEDED */
  read(path: string, limitBytes: number): Promise<Buffer>;
  readBlob(digest: Digest, limitBytes: number): Promise<Buffer>;
  openBlob(digest: Digest): AsyncIterable<Uint8Array>;
}

export interface Layout extends OpenedImage {
  readonly path: string;
}

/**
 * Reads a layout directory of one image. Index, manifests and configurations are hashed here, layers when they are read.
 *
 * No changed byte passes: everything hangs by its digest from the one descriptor in `index.json`. What can be changed there
 * without notice (the image's name in the layout, white space) says nothing about the content; another digest or size names
 * a blob that is not there. A layout whose `index.json` is itself the image's index, as apko writes it, has nothing to be
 * checked against, and is refused here: `openImage` reads it.
 * @throws OciError LAYOUT_MALFORMED, LAYOUT_CONTENT · CoreError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function openLayout(path: string, limits: Limits): Promise<Layout> {
  const files = directoryFiles(path);
  await requireVersion(files, limits);
  const named = await namedImages(files, limits);
  const [top] = named.manifests;
  if (top === undefined || named.manifests.length > 1) throw severalImages(files, named.manifests.length);
  return { ...(await readImage(layoutBlobs(files, limits), top)), path };
}

/**
 * Reads a layout whose `index.json` may also be the image's own index, as apko's is. Of that one every manifest, configuration and
 * layer is checked as well; the list of platforms itself is what the file says, and `top` is the digest of its bytes, by which a
 * registry would know it. Several images, which have no platform or the same one, are refused.
 * @throws OciError LAYOUT_MALFORMED, LAYOUT_CONTENT · CoreError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function readLayout(files: LayoutFiles, limits: Limits): Promise<OpenedImage> {
  const { bytes, manifests } = await namedImages(files, limits);
  const blobs = layoutBlobs(files, limits);
  const [top] = manifests;
  if (top !== undefined && manifests.length === 1) return readImage(blobs, top, withoutNotes);
  const images = withoutNotes(manifests);
  if (images.some(isIndex) || hasTwice(images)) throw severalImages(files, manifests.length);
  const own: Descriptor = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };
  return {
    name: files.name,
    top: own,
    refName: undefined,
    platforms: await readPlatforms(blobs, images),
    open: (descriptor) => (descriptor.digest === own.digest ? onePiece(bytes) : blobs.open(descriptor)),
  };
}

/** Refuses a folder or tar that is no layout of a version that is known. */
export async function requireVersion(files: LayoutFiles, limits: Limits): Promise<void> {
  const text = (await files.read("oci-layout", limits.manifestBytes)).toString("utf8");
  if (!/"imageLayoutVersion"\s*:\s*"1\.\d+\.\d+"/.test(text))
    throw malformedLayout(files.name, "oci-layout names no version 1");
}

/** The files of a layout in a directory. */
export function directoryFiles(path: string): LayoutFiles {
  return {
    name: path,
    read: (name, limitBytes) => readFileWithin(join(path, name), limitBytes),
    readBlob: (digest, limitBytes) => readFileWithin(join(path, blobPath(digest)), limitBytes),
    openBlob: (digest) => openBlobFile(path, digest),
  };
}

/** Where a layout has a blob. */
export function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** The error for what is no layout of one image. */
export function malformedLayout(name: string, problem: string): OciError {
  return new OciError("LAYOUT_MALFORMED", `${name} is no OCI layout of one image: ${problem}`, {
    hint: "make it with apkmill image build",
    context: { path: name },
  });
}

interface NamedImages {
  /** Of `index.json`. */
  readonly bytes: Buffer;
  readonly manifests: readonly Descriptor[];
}

async function namedImages(files: LayoutFiles, limits: Limits): Promise<NamedImages> {
  const bytes = await files.read("index.json", limits.manifestBytes);
  const index = parseImageIndex(bytes);
  if (index === undefined) throw malformedLayout(files.name, "index.json is no image index");
  if (index.manifests.length === 0) throw severalImages(files, 0);
  return { bytes, manifests: index.manifests };
}

function hasTwice(manifests: readonly Descriptor[]): boolean {
  const platforms = manifests.map(({ platform }) =>
    JSON.stringify([platform?.os, platform?.architecture, platform?.variant]),
  );
  return manifests.some(({ platform }) => platform === undefined) || new Set(platforms).size < platforms.length;
}

function severalImages({ name }: LayoutFiles, count: number): OciError {
  return malformedLayout(name, `expected an index.json that names one image, found ${String(count)}`);
}

function layoutBlobs(files: LayoutFiles, limits: Limits): ImageBlobs {
  const { name } = files;
  return {
    name,
    read: async (descriptor) =>
      requireBytes(name, descriptor, await files.readBlob(descriptor.digest, limits.manifestBytes)),
    open: (descriptor) => requireStream(name, descriptor, files.openBlob(descriptor.digest)),
    malformed: (problem) => malformedLayout(name, problem),
  };
}

async function* openBlobFile(path: string, digest: Digest): AsyncGenerator<Uint8Array> {
  try {
    const source = createReadStream(join(path, blobPath(digest)), { highWaterMark: 1 << 20 });
    for await (const chunk of source) yield chunk as Buffer;
  } catch (cause) {
    throw isSystemError(cause) ? unreadable(path, digest, cause) : cause;
  }
}

function unreadable(path: string, digest: Digest, cause: unknown): OciError {
  return new OciError("LAYOUT_CONTENT", `${path}: blob ${digest} cannot be read: ${reasonOf(cause)}`, {
    hint: "build the image again; this layout was changed or damaged",
    cause,
    context: { path },
  });
}

// eslint-disable-next-line @typescript-eslint/require-await -- async because blobs are
async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
