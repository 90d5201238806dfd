import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { digestOf, type Digest } from "./digest.ts";
import { requireWithin } from "./limits.ts";
import { findBlob, placeBlob } from "./store-blobs.ts";
import { readDerived, writeDerived } from "./store-derived.ts";
import { onStore } from "./store-error.ts";
import { readFact, writeFact } from "./store-facts.ts";
import { derivedPath, factPath, storeFolders } from "./store-places.ts";
import { describeStore, pruneStore, type PruneOptions, type PruneResult, type StoreUsage } from "./store-prune.ts";
import { Scratch } from "./store-scratch.ts";
import { verifyStore, type StoreVerdict, type VerifyOptions } from "./store-verify.ts";
import { openStage, type StoreStage, type StoredBlob } from "./store-stage.ts";
import { openWriter, type StoreWriter } from "./store-writer.ts";

/**
 * One content-addressed store for everything that is fetched, built or computed.
 *
 * Contract: a blob that is returned has been hashed to its name by this store at some time, and its file has not been
 * touched since. Bytes are hashed as they enter; the entry then carries a seal (store-seal.ts) that a warm read
 * checks. A broken seal hashes again: equal bytes are sealed anew, others are reported as absent, so that a damaged
 * entry heals itself by being fetched again. A seal keeps accidents out, not somebody who may write to the store: `verify`
 * hashes whatever the seals say. What is no file is no entry, wherever it stands (store-look.ts).
 *
 * Layout: `blobs/<sha256>`, `facts/<kind>/<sha256 of key>`, `derived/<kind>/<sha256 of key>`, `tmp/`.
 * Any number of processes may share one store: names are content, every file arrives by rename from `tmp/`, and what a
 * killed process leaves there is removed by the next (store-scratch.ts). A store that cannot be written still serves what it has.
 */
export interface Store {
  readonly root: string;
  /** The file of a blob, or undefined when it is absent or damaged. Read it at once: a prune may remove it later. */
  find(digest: Digest): Promise<string | undefined>;
  /** A writer into the store; commit it or abort it. @throws CoreError STORE_UNUSABLE */
  write(): Promise<StoreWriter>;
  /** A file to fill that another thread hashes; commit it or abort it. @throws CoreError STORE_UNUSABLE */
  stage(): Promise<StoreStage>;
  /** Puts bytes that are in memory. @throws CoreError STORE_UNUSABLE */
  put(bytes: Uint8Array): Promise<Digest>;
  /** Hashes every blob and fact again, and removes what is damaged. */
  verify(options?: VerifyOptions): Promise<StoreVerdict>;
  /** Removes what was not used for long. @throws CoreError STORE_UNUSABLE */
  prune(options: PruneOptions): Promise<PruneResult>;
  /** What the store holds. */
  describe(): Promise<StoreUsage>;
  /** A computed value remembered under `key`, or undefined when it is absent or damaged. */
  fact(kind: string, key: string): Promise<unknown>;
  /** Remembers a JSON value. @throws CoreError STORE_UNUSABLE */
  remember(kind: string, key: string, value: unknown): Promise<void>;
  /** {@link remember} for a value whose JSON is there already. */
  rememberJson(kind: string, key: string, json: string): Promise<void>;
  /**
   * Bytes that were kept under `key`, or undefined; they must tell by themselves that they are whole. Of a long table only the
   * first `mostBytes`, where they are given.
   */
  derived(kind: string, key: string, mostBytes?: number): Buffer | undefined;
  /** Keeps bytes that can be computed again. Neither hashed nor synced. */
  keepDerived(kind: string, key: string, pieces: readonly Uint8Array[]): void;
  /**
   * Hard-links a blob to `path` (copies across file systems), replacing what is there.
   * @throws CoreError STORE_MISSING, FILE_UNWRITABLE
   */
  place(digest: Digest, path: string): Promise<void>;
}

/** Opens (and makes) the store under `root`. @throws CoreError STORE_UNUSABLE */
export async function openStore(root: string): Promise<Store> {
  // Synchronous, as most often they are there: every command passes here, and the thread pool takes longer to start.
  await onStore(root, "use", () => {
    for (const folder of storeFolders) mkdirSync(join(root, folder), { recursive: true, mode: 0o755 });
  });
  const scratch = new Scratch(root);
  let entered = false;
  const enter = (): Scratch => {
    if (!entered) scratch.enter();
    entered = true;
    return scratch;
  };
  return {
    root,
    find: (digest) => {
      enter();
      return findBlob(root, digest);
    },
    write: () => openWriter(root, enter()),
    stage: () => openStage(root, enter()),
    put: (bytes) => putBytes(root, bytes, enter()),
    verify: (options = {}) => verifyStore(root, scratch, options),
    prune: (options) => pruneStore(root, scratch, options),
    describe: () => describeStore(root),
    fact: (kind, key) => Promise.try(() => readFact(factPath(root, kind, key))),
    remember: (kind, key, value) => Promise.try(() => writeFact(root, enter(), kind, key, JSON.stringify(value))),
    rememberJson: (kind, key, json) => Promise.try(() => writeFact(root, enter(), kind, key, json)),
    derived: (kind, key, mostBytes) => readDerived(derivedPath(root, kind, key), mostBytes),
    keepDerived: (kind, key, pieces) => {
      writeDerived(root, enter(), kind, key, pieces);
    },
    place: (digest, path) => placeBlob(root, digest, path),
  };
}

async function putBytes(root: string, bytes: Uint8Array, scratch: Scratch): Promise<Digest> {
  const known = digestOf(bytes);
  if ((await findBlob(root, known)) !== undefined) return known;
  const writer = await openWriter(root, scratch);
  await writer.write(bytes);
  return (await writer.commit(known)).digest;
}

/** Streams `source` into the store with an upper bound. @throws CoreError LIMIT_EXCEEDED, DIGEST_MISMATCH, STORE_UNUSABLE */
export async function storeStream(
  store: Store,
  source: AsyncIterable<Uint8Array>,
  { what, limitBytes, expected }: { readonly what: string; readonly limitBytes: number; readonly expected?: Digest },
): Promise<StoredBlob> {
  const writer = await store.write();
  let total = 0;
  try {
    for await (const chunk of source) {
      total += chunk.byteLength;
      requireWithin(what, total, limitBytes);
      await writer.write(chunk);
    }
    return await writer.commit(expected);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
