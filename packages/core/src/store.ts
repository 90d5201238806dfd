import { createHash, randomBytes, type Hash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { copyFile, link, mkdir, open, readdir, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CoreError } from "./core-error.ts";
import { digestOf, digestOfFile, hexOf, requireDigest, type Digest } from "./digest.ts";
import { asideOf, isSystemError, reasonOf } from "./files.ts";
import { requireWithin } from "./limits.ts";

/**
 * One content-addressed store for everything that is fetched, built or computed.
 *
 * Contract: a blob that is returned has been hashed to its name by this store at some time, and its file has not been
 * touched since. Bytes are hashed as they enter; the entry then carries a seal (size, mtime, inode) that a warm read
 * checks. A broken seal hashes again: equal bytes are sealed anew, others are removed and reported as absent, so a
 * damaged entry heals itself by being fetched again.
 *
 * Layout: `blobs/<2 hex>/<64 hex>` with `<64 hex>.seal` beside it, `facts/<kind>/<2 hex>/<sha256 of key>`, `tmp/`.
 * Two processes may share one store: names are content, and every file arrives by rename.
 */
export interface Store {
  readonly root: string;
  /** The file of a blob, or undefined when it is absent or damaged. Read it at once: a prune may remove it later. */
  find(digest: Digest): Promise<string | undefined>;
  /** A writer into the store; commit it or abort it. */
  write(): Promise<StoreWriter>;
  /** Puts bytes that are in memory. */
  put(bytes: Uint8Array): Promise<Digest>;
  /** Hashes every blob and fact again, removes what is damaged and returns its digests or names. */
  verify(): Promise<{ readonly checked: number; readonly damaged: readonly string[] }>;
  /** A computed value remembered under `key`, or undefined when it is absent or damaged. */
  fact(kind: string, key: string): Promise<unknown>;
  /** Remembers a JSON value. */
  remember(kind: string, key: string, value: unknown): Promise<void>;
  /** Hard-links a blob to `path` (copies across file systems), replacing what is there. @throws CoreError STORE_MISSING */
  place(digest: Digest, path: string): Promise<void>;
}

export interface StoreWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** Names the bytes written so far. @throws CoreError DIGEST_MISMATCH when `expected` is given and differs */
  commit(expected?: Digest): Promise<{ readonly digest: Digest; readonly path: string; readonly sizeBytes: number }>;
  abort(): Promise<void>;
}

/** Opens (and makes) the store under `root`. @throws CoreError STORE_UNUSABLE */
export async function openStore(root: string): Promise<Store> {
  try {
    for (const folder of ["blobs", "facts", "tmp"]) await mkdir(join(root, folder), { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new CoreError("STORE_UNUSABLE", `cannot use ${root} as the store: ${reasonOf(cause)}`, {
      cause,
      hint: "name a writable folder with --cache-dir",
      context: { path: root },
    });
  }
  return {
    root,
    find: (digest) => findBlob(root, digest),
    write: () => openWriter(root),
    put: async (bytes) => {
      const known = digestOf(bytes);
      if ((await findBlob(root, known)) !== undefined) return known;
      const writer = await openWriter(root);
      await writer.write(bytes);
      return (await writer.commit(known)).digest;
    },
    verify: () => verifyStore(root),
    fact: (kind, key) => Promise.try(() => readFact(factPath(root, kind, key))),
    remember: (kind, key, value) =>
      Promise.try(() => {
        writeSmall(factPath(root, kind, key), encodeFact(value));
      }),
    place: (digest, path) => placeBlob(root, digest, path),
  };
}

const blobPath = (root: string, digest: Digest): string => {
  const hex = hexOf(digest);
  return join(root, "blobs", hex.slice(0, 2), hex);
};

/**
 * Seals and facts are read and written with synchronous calls: each is a few bytes, and a trip through the thread pool costs more
 * than the call (half of the time of a cold fetch of 195 packages was spent there).
 */
async function findBlob(root: string, digest: Digest): Promise<string | undefined> {
  const path = blobPath(root, digest);
  const actual = sealOf(path);
  if (actual === undefined) return undefined;
  if (readText(`${path}.seal`) === actual) return path;
  if ((await digestOfFile(path).catch(() => undefined)) === digest) {
    writeSmall(`${path}.seal`, actual);
    return path;
  }
  removeBlob(path);
  return undefined;
}

function removeBlob(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path}.seal`, { force: true });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Size, modification time and inode: what a change of the file cannot leave alone by accident. */
function sealOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${String(found.size)} ${String(found.mtimeNs)} ${String(found.ino)}\n`;
}

/**
 * Writes a seal or a fact aside and renames it. Not synced: one that a crash tears is found by its content, and costs a second look
 * at the blob or a second computation.
 */
function writeSmall(path: string, text: string): void {
  const aside = asideOf(path);
  inFolder(path, () => {
    writeFileSync(aside, text, { mode: 0o644 });
  });
  renameSync(aside, path);
}

/** Does `work`; makes the folder of `path` and tries once more when it is not there. */
function inFolder<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    return work();
  }
}

async function openWriter(root: string): Promise<StoreWriter> {
  const aside = join(root, "tmp", randomBytes(12).toString("hex"));
  const handle = await open(aside, "wx", 0o644).catch((cause: unknown) => {
    throw new CoreError("STORE_UNUSABLE", `cannot write into the store ${root}: ${reasonOf(cause)}`, { cause });
  });
  return new BlobWriter(root, aside, handle);
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
    await this.#handle.writeFile(chunk).catch(async (cause: unknown) => {
      await this.abort();
      throw new CoreError("STORE_UNUSABLE", `cannot write into the store ${this.#root}: ${reasonOf(cause)}`, { cause });
    });
  }

  async commit(expected?: Digest): Promise<{ digest: Digest; path: string; sizeBytes: number }> {
    const digest: Digest = `sha256:${this.#hash.digest("hex")}`;
    try {
      if (expected !== undefined) requireDigest("content", expected, digest);
      await this.#handle.sync();
      await this.#handle.close();
      const path = (await findBlob(this.#root, digest)) ?? this.#settle(digest);
      return { digest, path, sizeBytes: this.#sizeBytes };
    } finally {
      if (!this.#settled) await this.abort();
    }
  }

  #settle(digest: Digest): string {
    const path = blobPath(this.#root, digest);
    inFolder(path, () => {
      renameSync(this.#aside, path);
    });
    this.#settled = true;
    const seal = sealOf(path);
    if (seal !== undefined) writeSmall(`${path}.seal`, seal);
    return path;
  }

  async abort(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#aside, { force: true });
  }
}

async function placeBlob(root: string, digest: Digest, path: string): Promise<void> {
  const source = await findBlob(root, digest);
  if (source === undefined) {
    throw new CoreError("STORE_MISSING", `${digest} is not in the store ${root}`, {
      hint: "run the command again to fetch it",
    });
  }
  const aside = asideOf(path);
  await link(source, aside).catch(async (cause: unknown) => {
    // EXDEV: another file system. EPERM, EMLINK: the file system has no (more) hard links. A copy serves as well.
    if (!isSystemError(cause) || !["EXDEV", "EPERM", "EMLINK", "ENOTSUP"].includes(cause.code)) throw cause;
    await copyFile(source, aside);
  });
  await rename(aside, path);
  // rename(2) does nothing when both names are links to one inode; the spare name must still go.
  await rm(aside, { force: true });
}

function factPath(root: string, kind: string, key: string): string {
  const hex = hexOf(digestOf(key));
  return join(root, "facts", kind, hex.slice(0, 2), hex);
}

/** A fact begins with the digest of its JSON, so that a damaged one reads as absent and is computed again. */
function encodeFact(value: unknown): string {
  const json = JSON.stringify(value);
  return `${digestOf(json)}\n${json}`;
}

function readFact(path: string): unknown {
  const text = readText(path);
  if (text === undefined) return undefined;
  const json = text.slice(text.indexOf("\n") + 1);
  return text.startsWith(`${digestOf(json)}\n`) ? (JSON.parse(json) as unknown) : undefined;
}

async function verifyStore(root: string): Promise<{ checked: number; damaged: string[] }> {
  const damaged: string[] = [];
  let checked = 0;
  for (const path of await filesBelow(join(root, "blobs"))) {
    if (path.endsWith(".seal")) continue;
    checked += 1;
    const hex = path.slice(-64);
    if ((await digestOfFile(path)) === `sha256:${hex}`) continue;
    damaged.push(`sha256:${hex}`);
    removeBlob(path);
  }
  for (const path of await filesBelow(join(root, "facts"))) {
    checked += 1;
    if (readFact(path) !== undefined) continue;
    damaged.push(path);
    await rm(path, { force: true });
  }
  return { checked, damaged };
}

async function filesBelow(root: string): Promise<string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Streams `source` into the store with an upper bound. @throws CoreError LIMIT_EXCEEDED, DIGEST_MISMATCH */
export async function storeStream(
  store: Store,
  source: AsyncIterable<Uint8Array>,
  { what, limitBytes, expected }: { readonly what: string; readonly limitBytes: number; readonly expected?: Digest },
): Promise<{ readonly digest: Digest; readonly path: string; readonly sizeBytes: number }> {
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
