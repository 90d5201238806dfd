import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from "@apkmill/archive";
import { compareBytes, hexOf, writeAside, type Digest, type Store } from "@apkmill/core";
import { mediaTypes, type LayoutBlob, type LayoutContent } from "@apkmill/oci";
import type { BuiltPlatform } from "./build-platform.ts";
import { imageJson } from "./image-json.ts";
import { qualifiedName, type ImageName } from "./image-name.ts";
import { findLayer, lostLayer } from "./stored-layer.ts";

/**
 * One tar that `docker load`, `ctr image import` and readers of OCI archives take: an OCI layout, with the `manifest.json`
 * of `docker save` beside it that names the same blobs. Entries come in one order and have no times, so the same image
 * gives the same bytes. The suffix `-ARCH` of a tag stands only where several architectures share the tar, because Docker
 * knows one image a name.
 * @throws ImageError IMAGE_CONTENT when the store has lost a layer · CoreError FILE_UNWRITABLE
 */
export async function writeDockerTar(
  store: Store,
  path: string,
  content: LayoutContent,
  platforms: readonly BuiltPlatform[],
  name: ImageName,
): Promise<void> {
  await writeAside(path, async (handle) => {
    for await (const chunk of tarOf(store, content, platforms, name)) await handle.writeFile(chunk);
  });
}

async function* tarOf(
  store: Store,
  { top, blobs }: LayoutContent,
  platforms: readonly BuiltPlatform[],
  name: ImageName,
): AsyncGenerator<Uint8Array> {
  const more = platforms.flatMap(({ dockerLayers = [] }) => dockerLayers);
  const all: LayoutBlob[] = [...more.map((digest) => ({ digest, stored: true as const })), ...blobs];
  const once = new Map(all.map((blob) => [blob.digest, blob]));
  for (const [digest, blob] of [...once].sort(([a], [b]) => compareBytes(a, b))) {
    const path = blobPath(digest);
    if ("bytes" in blob) yield* memberOf(path, blob.bytes);
    else yield* storedMember(path, store, digest);
  }
  const annotations = {
    ...(name.name === "" ? {} : { "io.containerd.image.name": qualifiedName(name) }),
    "org.opencontainers.image.ref.name": name.tag,
  };
  const manifests = [{ ...top, annotations }];
  yield* memberOf("index.json", imageJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  yield* memberOf("manifest.json", imageJson(platforms.map((one) => dockerManifest(one, platforms.length, name))));
  yield* memberOf("oci-layout", imageJson({ imageLayoutVersion: "1.0.0" }));
  yield tarEnd;
}

const blobPath = (digest: Digest): string => `blobs/sha256/${hexOf(digest)}`;

const plainEntry: Omit<TarEntry, "path" | "sizeBytes"> = {
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  mtime: 0,
  linkPath: "",
  xattrs: new Map(),
  pax: new Map(),
};

function* memberOf(path: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield encodeTarHeader({ ...plainEntry, path, sizeBytes: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}

/** @throws ImageError IMAGE_CONTENT when the store has lost it, or it changes while it is read: the header has told its size */
async function* storedMember(path: string, store: Store, digest: Digest): AsyncGenerator<Uint8Array> {
  const stored = await findLayer(store, digest);
  const { size: sizeBytes } = await stat(stored);
  yield encodeTarHeader({ ...plainEntry, path, sizeBytes });
  let readBytes = 0;
  for await (const chunk of createReadStream(stored, { highWaterMark: 1 << 20 })) {
    readBytes += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (readBytes !== sizeBytes) throw lostLayer(digest);
  yield tarPadding(sizeBytes);
}

function dockerManifest(
  { configDigest, manifest, platform, dockerLayers }: BuiltPlatform,
  count: number,
  image: ImageName,
): unknown {
  const layers = dockerLayers ?? manifest.layers.map(({ digest }) => digest);
  const suffix = count === 1 ? "" : `-${platform.architecture}${platform.variant ?? ""}`;
  return {
    Config: blobPath(configDigest),
    RepoTags: image.name === "" ? [] : [`${image.name}:${image.tag}${suffix}`],
    Layers: layers.map(blobPath),
  };
}
