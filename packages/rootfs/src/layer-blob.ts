import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { gunzip, readTar, unzstd, type TarItem } from "@apkmill/archive";
import type { ContentPorts } from "@apkmill/apk";
import type { Digest, Limits } from "@apkmill/core";
import { RootfsError } from "./rootfs-error.ts";

/** What is done with the bytes of the tar as they go by, such as hashing them. */
export type SeeChunk = (chunk: Uint8Array) => void;

const gzipMagic = "1f8b";
const zstdMagic = "28b52ffd";

/**
 * The entries of a layer that is a blob of the store, in archive order; gzip, zstd or neither, which the first bytes tell.
 * @throws RootfsError ROOTFS_STALE_PLAN when the store has lost the blob · ArchiveError · CoreError LIMIT_EXCEEDED
 */
export async function* readLayerBlob(
  { store, limits }: ContentPorts,
  digest: Digest,
  seen?: SeeChunk,
): AsyncGenerator<TarItem> {
  const path = await store.find(digest);
  const what = `layer ${digest}`;
  if (path === undefined) throw lost(what);
  const unpacked = await unpackedOf(path, what, limits);
  yield* readTar(seen === undefined ? unpacked : watched(unpacked, seen), limits, { what });
}

async function unpackedOf(path: string, what: string, limits: Limits): Promise<AsyncIterable<Uint8Array>> {
  const magic = await firstBytes(path);
  const source = createReadStream(path, { highWaterMark: 1 << 20 });
  const options = { what, limitBytes: limits.dataBytes };
  if (magic.startsWith(gzipMagic)) return gunzip(source, { ...options, ratio: limits.unpackRatio });
  return magic === zstdMagic ? unzstd(source, options) : source;
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString("hex", 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function* watched(source: AsyncIterable<Uint8Array>, seen: SeeChunk): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    seen(chunk);
    yield chunk;
  }
}

function lost(what: string): RootfsError {
  return new RootfsError("ROOTFS_STALE_PLAN", `cannot read ${what}: it is no longer in the store`, {
    hint: "run the command again",
  });
}
