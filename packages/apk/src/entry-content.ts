import { createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { TarEntry } from "@apkmill/archive";
import { ApkError } from "./apk-error.ts";

/**
 * Content of a file to pack: bytes, a stream, or a function that opens the stream anew. A package states each file's hash
 * before its content, so a stream that can be read only once is held in memory or, when it is large, set aside on disk;
 * the function form costs neither.
 */
export type EntryContent = Uint8Array | AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>);

/** Content whose hash is known and that can be read now. */
export interface HashedContent {
  /** 40 hex digits. */
  readonly sha1: string;
  read(): AsyncIterable<Uint8Array>;
  /** Removes what was set aside. */
  dispose(): Promise<void>;
}

const maxHeldBytes = 16 * 1024 * 1024;

/**
 * Hashes content and makes it readable again. `spoolPath` is a name that it may use meanwhile.
 * @throws ApkError APK_SIZE when the content is not as long as the entry says
 */
export async function hashContent(entry: TarEntry, content: EntryContent, spoolPath: string): Promise<HashedContent> {
  if (content instanceof Uint8Array) return hashHeld(entry, content);
  if (typeof content === "function") return hashReopened(entry, content);
  return entry.sizeBytes > maxHeldBytes
    ? hashSpooled(entry, content, spoolPath)
    : hashHeld(entry, await hold(entry, content));
}

const nothing = (): Promise<void> => Promise.resolve();

function hashHeld(entry: TarEntry, bytes: Uint8Array): HashedContent {
  requireSize(entry, bytes.length);
  return { sha1: hash("sha1", bytes), read: () => once(bytes), dispose: nothing };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

async function hold(entry: TarEntry, content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bounded(entry, content)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function hashReopened(entry: TarEntry, reopen: () => AsyncIterable<Uint8Array>): Promise<HashedContent> {
  const sum = createHash("sha1");
  for await (const chunk of bounded(entry, reopen())) sum.update(chunk);
  const sha1 = sum.digest("hex");
  return { sha1, read: () => unchanged(entry, bounded(entry, reopen()), sha1), dispose: nothing };
}

async function hashSpooled(
  entry: TarEntry,
  content: AsyncIterable<Uint8Array>,
  spoolPath: string,
): Promise<HashedContent> {
  const sum = createHash("sha1");
  const handle = await open(spoolPath, "wx", 0o600);
  try {
    for await (const chunk of bounded(entry, content)) {
      sum.update(chunk);
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  return {
    sha1: sum.digest("hex"),
    read: () => createReadStream(spoolPath, { highWaterMark: 1 << 20 }),
    dispose: () => rm(spoolPath, { force: true }),
  };
}

/** Passes content on, refusing what is longer or shorter than its entry says. */
async function* bounded(entry: TarEntry, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of content) {
    total += chunk.byteLength;
    if (total > entry.sizeBytes) requireSize(entry, total);
    yield chunk;
  }
  requireSize(entry, total);
}

function requireSize(entry: TarEntry, actual: number): void {
  if (actual === entry.sizeBytes) return;
  const expected = String(entry.sizeBytes);
  throw new ApkError("APK_SIZE", `packing ${entry.path}: expected ${expected} bytes, found ${String(actual)}`, {
    hint: "the file changed while it was packed; build again",
  });
}

async function* unchanged(
  entry: TarEntry,
  content: AsyncIterable<Uint8Array>,
  sha1: string,
): AsyncGenerator<Uint8Array> {
  const sum = createHash("sha1");
  for await (const chunk of content) {
    sum.update(chunk);
    yield chunk;
  }
  if (sum.digest("hex") === sha1) return;
  throw new ApkError("APK_FILE_HASH", `packing ${entry.path}: its content changed between two readings`, {
    hint: "the file changed while it was packed; build again",
  });
}
