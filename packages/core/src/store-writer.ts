import { createHash, type Hash } from "node:crypto";
import { renameSync } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { requireDigest, type Digest } from "./digest.ts";
import { findBlob } from "./store-blobs.ts";
import { onStore } from "./store-error.ts";
import { blobPath, inFolder } from "./store-places.ts";
import type { Scratch } from "./store-scratch.ts";
import { sealFile } from "./store-seal.ts";

/** Bytes on their way into a store: hashed as they come, named when they are all there. Commit it or abort it. */
export interface StoreWriter {
  /** @throws CoreError STORE_UNUSABLE, such as for a full disk; what is in the store already stays whole */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Names the bytes written so far. Where the store has them already, those stay.
   * @throws CoreError DIGEST_MISMATCH when `expected` is given and differs, STORE_UNUSABLE
   */
  commit(expected?: Digest): Promise<{ readonly digest: Digest; readonly path: string; readonly sizeBytes: number }>;
  abort(): Promise<void>;
}

/** A writer into the store under `root`. @throws CoreError STORE_UNUSABLE */
export async function openWriter(root: string, scratch: Scratch): Promise<StoreWriter> {
  const aside = scratch.newPath();
  return new BlobWriter(root, aside, await onStore(root, "write into", () => open(aside, "wx", 0o644)));
}

class BlobWriter implements StoreWriter {
  readonly #root: string;
  readonly #aside: string;
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash("sha256");
  #sizeBytes = 0;
  #settled = false;

  constructor(root: string, aside: string, handle: FileHandle) {
    this.#root = root;
    this.#aside = aside;
    this.#handle = handle;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.byteLength;
    try {
      await onStore(this.#root, "write into", () => this.#handle.writeFile(chunk));
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async commit(expected?: Digest): Promise<{ digest: Digest; path: string; sizeBytes: number }> {
    const digest: Digest = `sha256:${this.#hash.digest("hex")}`;
    try {
      if (expected !== undefined) requireDigest("content", expected, digest);
      const path = await onStore(this.#root, "write into", () => this.#keep(digest));
      return { digest, path, sizeBytes: this.#sizeBytes };
    } finally {
      if (!this.#settled) await this.abort();
    }
  }

  async #keep(digest: Digest): Promise<string> {
    await this.#handle.sync();
    sealFile(this.#handle.fd, digest);
    await this.#handle.close();
    return (await findBlob(this.#root, digest)) ?? this.#settle(digest);
  }

  #settle(digest: Digest): string {
    const path = blobPath(this.#root, digest);
    inFolder(path, () => {
      renameSync(this.#aside, path);
    });
    this.#settled = true;
    return path;
  }

  async abort(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#aside, { force: true });
  }
}
