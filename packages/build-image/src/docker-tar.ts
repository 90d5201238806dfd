import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { compareBytes, hexOf, writeAside, type Digest, type Store } from "@apkmill/core";
import { mediaTypes, type LayoutContent } from "@apkmill/oci";
import { pack, type Pack } from "tar-stream";
import type { BuiltPlatform } from "./build-platform.ts";
import { ImageError } from "./image-error.ts";
import { imageJson } from "./image-json.ts";
import { qualifiedName, type ImageName } from "./image-name.ts";

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
    const tar = pack();
    const filled = fill(tar, store, content, platforms, name).catch((error: unknown) => {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    });
    const drained = (async () => {
      for await (const chunk of tar as AsyncIterable<Uint8Array>) await handle.writeFile(chunk);
    })();
    await Promise.all([filled, drained]);
  });
}

async function fill(
  tar: Pack,
  store: Store,
  { top, blobs }: LayoutContent,
  platforms: readonly BuiltPlatform[],
  name: ImageName,
): Promise<void> {
  const once = new Map(blobs.map((blob) => [blob.digest, blob]));
  for (const [digest, blob] of [...once].sort(([a], [b]) => compareBytes(a, b))) {
    const path = `blobs/sha256/${hexOf(digest)}`;
    if ("bytes" in blob) addBytes(tar, path, blob.bytes);
    else await addStored(tar, path, store, digest);
  }
  const annotations = {
    ...(name.name === "" ? {} : { "io.containerd.image.name": qualifiedName(name) }),
    "org.opencontainers.image.ref.name": name.tag,
  };
  const manifests = [{ ...top, annotations }];
  addBytes(tar, "index.json", imageJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  addBytes(tar, "manifest.json", imageJson(platforms.map((one) => dockerManifest(one, platforms.length, name))));
  addBytes(tar, "oci-layout", imageJson({ imageLayoutVersion: "1.0.0" }));
  tar.finalize();
}

const header = { mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, type: "file" as const };

function addBytes(tar: Pack, name: string, bytes: Uint8Array): void {
  tar.entry({ ...header, name, size: bytes.length }, Buffer.from(bytes));
}

async function addStored(tar: Pack, name: string, store: Store, digest: Digest): Promise<void> {
  const path = await store.find(digest);
  if (path === undefined)
    throw new ImageError("IMAGE_CONTENT", `${digest} is no longer in the store`, { hint: "build the image again" });
  const { size } = await stat(path);
  await new Promise<void>((resolve, reject) => {
    const entry = tar.entry({ ...header, name, size }, (error) => {
      if (error == null) resolve();
      else reject(error);
    });
    createReadStream(path, { highWaterMark: 1 << 20 })
      .on("error", reject)
      .pipe(entry);
  });
}

function dockerManifest({ configDigest, manifest, platform }: BuiltPlatform, count: number, image: ImageName): unknown {
  const suffix = count === 1 ? "" : `-${platform.architecture}${platform.variant ?? ""}`;
  return {
    Config: `blobs/sha256/${hexOf(configDigest)}`,
    RepoTags: image.name === "" ? [] : [`${image.name}:${image.tag}${suffix}`],
    Layers: manifest.layers.map(({ digest }) => `blobs/sha256/${hexOf(digest)}`),
  };
}
