import { closeSync, fsync, openSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import type { Digest } from "./digest.ts";
import { findBlob } from "./store-blobs.ts";
import { onStore } from "./store-error.ts";
import { blobPath } from "./store-places.ts";
import type { Scratch } from "./store-scratch.ts";
import { sealFile } from "./store-seal.ts";
import { settle } from "./store-settle.ts";

/** A blob that is in the store. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * A file on its way into a store that somebody else hashes, such as another thread. The store takes the digest on trust: only
 * who has read the file from beginning to end after the last write may commit it.
 */
export interface StoreStage {
  /** Where the bytes lie that were written so far. */
  readonly path: string;
  readonly sizeBytes: number;
  /** @throws CoreError STORE_UNUSABLE, such as for a full disk; what is in the store already stays whole */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Names the file by what was found in it; `isSynced` where it is on disk. Where the store has that already, it stays.
   * @throws CoreError STORE_UNUSABLE
   */
  commit(digest: Digest, state?: { readonly isSynced: boolean }): Promise<StoredBlob>;
  abort(): Promise<void>;
}

const syncFile = promisify(fsync);

/**
 * Opens a stage below `root`.
 *
 * Making and writing are synchronous: they go no further than the page cache, which takes less time than to wake a thread. To sync
 * waits for the disk, and is left to a thread.
 * @throws CoreError STORE_UNUSABLE
 */
export async function openStage(root: string, scratch: Scratch): Promise<StoreStage> {
  const aside = scratch.newPath();
  return new AsideFile(root, aside, await onStore(root, "write into", () => openSync(aside, "wx", 0o644)));
}

class AsideFile implements StoreStage {
  readonly path: string;
  readonly #root: string;
  /** Undefined when it is closed. */
  #file: number | undefined;
  #sizeBytes = 0;
  #settled = false;

  constructor(root: string, path: string, file: number) {
    this.#root = root;
    this.path = path;
    this.#file = file;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
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

  async commit(digest: Digest, { isSynced } = { isSynced: false }): Promise<StoredBlob> {
    try {
      const path = await onStore(this.#root, "write into", () => this.#keep(digest, isSynced));
      return { digest, path, sizeBytes: this.#sizeBytes };
    } finally {
      if (!this.#settled) await this.abort();
    }
  }

  async #keep(digest: Digest, isSynced: boolean): Promise<string> {
    const file = this.#requireFile();
    if (!isSynced) await syncFile(file);
    sealFile(file, digest);
    this.#close();
    return (await findBlob(this.#root, digest)) ?? this.#settle(digest);
  }

  #settle(digest: Digest): string {
    const path = blobPath(this.#root, digest);
    settle(this.#root, this.path, path);
    this.#settled = true;
    return path;
  }

  abort(): Promise<void> {
    this.#close();
    return rm(this.path, { force: true });
  }

  #requireFile(): number {
    if (this.#file === undefined) throw new TypeError("the stage is closed");
    return this.#file;
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file);
  }
}
