import { createHash, type Hash } from "node:crypto";
import { requireDigest, type Digest } from "./digest.ts";
import { openStage, type StoreStage, type StoredBlob } from "./store-stage.ts";
import type { Scratch } from "./store-scratch.ts";

/** Bytes on their way into a store: hashed as they come, named when they are all there. Commit it or abort it. */
export interface StoreWriter {
  /** @throws CoreError STORE_UNUSABLE, such as for a full disk; what is in the store already stays whole */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Names the bytes written so far. Where the store has them already, those stay.
   * @throws CoreError DIGEST_MISMATCH when `expected` is given and differs, STORE_UNUSABLE
   */
  commit(expected?: Digest): Promise<StoredBlob>;
  abort(): Promise<void>;
}

/** A writer into the store under `root`. @throws CoreError STORE_UNUSABLE */
export async function openWriter(root: string, scratch: Scratch): Promise<StoreWriter> {
  return new HashingWriter(await openStage(root, scratch));
}

class HashingWriter implements StoreWriter {
  readonly #stage: StoreStage;
  readonly #hash: Hash = createHash("sha256");

  constructor(stage: StoreStage) {
    this.#stage = stage;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    await this.#stage.write(chunk);
  }

  async commit(expected?: Digest): Promise<StoredBlob> {
    const digest: Digest = `sha256:${this.#hash.digest("hex")}`;
    try {
      if (expected !== undefined) requireDigest("content", expected, digest);
    } catch (error) {
      await this.abort();
      throw error;
    }
    return this.#stage.commit(digest);
  }

  abort(): Promise<void> {
    return this.#stage.abort();
  }
}
