import { createHash, type Hash } from "node:crypto";
import { closeSync, fsync, open, renameSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
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

const openFile = promisify(open);
const syncFile = promisify(fsync);

/**
 * A writer into the store under `root`.
 *
 * Writing is synchronous: the bytes go no further than the page cache, which takes less time than to wake a thread. To make a file
 * and to sync it waits for the file system, and is left to a thread.
 * @throws CoreError STORE_UNUSABLE
 */
export async function openWriter(root: string, scratch: Scratch): Promise<StoreWriter> {
  const aside = scratch.newPath();
  return new BlobWriter(root, aside, await onStore(root, "write into", () => openFile(aside, "wx", 0o644)));
}

class BlobWriter implements StoreWriter {
  readonly #root: string;
  readonly #aside: string;
  /** Undefined when it is closed. */
  #file: number | undefined;
  readonly #hash: Hash = createHash("sha256");
  #sizeBytes = 0;
  #settled = false;

  constructor(root: string, aside: string, file: number) {
    this.#root = root;
    this.#aside = aside;
    this.#file = file;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.byteLength;
    try {
      await onStore(this.#root, "write into", () => {
        for (let written = 0; written < chunk.byteLength;) written += writeSync(this.#requireFile(), chunk, written);
      });
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
    const file = this.#requireFile();
    await syncFile(file);
    sealFile(file, digest);
    this.#close();
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

  abort(): Promise<void> {
    this.#close();
    return rm(this.#aside, { force: true });
  }

  #requireFile(): number {
    if (this.#file === undefined) throw new TypeError("the writer is closed");
    return this.#file;
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file);
  }
}
