import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { hexOf, writeAside, type Store } from "@apkmill/core";
import { mediaTypes, type LayoutContent } from "@apkmill/oci";
import { pack, type Pack } from "tar-stream";
import type { BuiltPlatform } from "./build-platform.ts";
import { ImageError } from "./image-error.ts";

/**
 * One tar that `docker load`, `ctr image import` and readers of OCI archives take: an OCI layout, with the `manifest.json` of
 * `docker save` beside it that names the same blobs. Entries are sorted and have no times, so the same image gives the same bytes.
 * The suffix `-ARCH` of a tag stands only where several architectures share the tar, because docker knows one image a name.
 */
export async function writeDockerTar(
  store: Store,
  path: string,
  content: LayoutContent,
  platforms: readonly BuiltPlatform[],
  tag: string,
): Promise<void> {
  await writeAside(path, async (handle) => {
    const tar = pack();
    const filled = fill(tar, store, content, platforms, tag).catch((error: unknown) => {
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
  { top, refName, blobs }: LayoutContent,
  platforms: readonly BuiltPlatform[],
  tag: string,
): Promise<void> {
  const once = new Map(blobs.map((blob) => [blob.digest, blob]));
  for (const [digest, blob] of [...once].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = `blobs/sha256/${hexOf(digest)}`;
    if ("bytes" in blob) addText(tar, name, Buffer.from(blob.bytes));
    else await addStored(tar, name, store, digest);
  }
  const annotations = {
    ...(tag === "" ? {} : { "io.containerd.image.name": fullName(tag) }),
    "org.opencontainers.image.ref.name": refName ?? "latest",
  };
  addText(
    tar,
    "index.json",
    Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [{ ...top, annotations }] }),
    ),
  );
  addText(
    tar,
    "manifest.json",
    Buffer.from(JSON.stringify(platforms.map((platform) => dockerManifest(platform, platforms.length, tag)))),
  );
  addText(tar, "oci-layout", Buffer.from(JSON.stringify({ imageLayoutVersion: "1.0.0" })));
  tar.finalize();
}

const header = { mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, type: "file" as const };

function addText(tar: Pack, name: string, bytes: Buffer): void {
  tar.entry({ ...header, name, size: bytes.length }, bytes);
}

async function addStored(tar: Pack, name: string, store: Store, digest: `sha256:${string}`): Promise<void> {
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

function dockerManifest({ configDigest, manifest, platform }: BuiltPlatform, count: number, tag: string): unknown {
  const suffix = count === 1 ? "" : `-${platform.architecture}${platform.variant ?? ""}`;
  return {
    Config: `blobs/sha256/${hexOf(configDigest)}`,
    RepoTags: tag === "" ? [] : [`${withTag(tag)}${suffix}`],
    Layers: manifest.layers.map(({ digest }) => `blobs/sha256/${hexOf(digest)}`),
  };
}

function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}

/** containerd wants the whole name; docker's default registry is left to docker, which completes the tags itself. */
function fullName(tag: string): string {
  const name = withTag(tag);
  return /^[^/]*[.:][^/]*\//.test(name) || name.startsWith("localhost/")
    ? name
    : `docker.io/${name.includes("/") ? name : `library/${name}`}`;
}
