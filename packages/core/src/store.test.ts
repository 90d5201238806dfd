import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { digestOf } from "./digest.ts";
import { openStore, storeStream, type Store } from "./store.ts";

async function temporaryStore(t: TestContext): Promise<Store> {
  const root = await mkdtemp(join(tmpdir(), "store-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  return openStore(root);
}

const bytes = Buffer.from("some content");

async function* chunksOf(...chunks: Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

test("a blob is found under its digest and holds its bytes", async (t) => {
  const store = await temporaryStore(t);
  const digest = await store.put(bytes);
  assert.equal(digest, digestOf(bytes));
  const path = await store.find(digest);
  assert.ok(path !== undefined);
  assert.deepEqual(await readFile(path), bytes);
});

test("a damaged blob is reported as absent, removed, and can be stored again", async (t) => {
  const store = await temporaryStore(t);
  const digest = await store.put(bytes);
  const path = await store.find(digest);
  assert.ok(path !== undefined);
  await writeFile(path, "other content");
  assert.equal(await store.find(digest), undefined);
  await assert.rejects(stat(path), { code: "ENOENT" });
  await store.put(bytes);
  assert.notEqual(await store.find(digest), undefined);
});

test("a blob that was only touched is hashed again and kept", async (t) => {
  const store = await temporaryStore(t);
  const digest = await store.put(bytes);
  const path = await store.find(digest);
  assert.ok(path !== undefined);
  await utimes(path, 1, 1);
  assert.equal(await store.find(digest), path);
});

test("a stream that is not what was expected leaves nothing behind", async (t) => {
  const store = await temporaryStore(t);
  const wrong = digestOf("something else");
  const work = storeStream(store, chunksOf(bytes), { what: "it", limitBytes: 100, expected: wrong });
  await assert.rejects(work, { code: "DIGEST_MISMATCH" });
  assert.equal(await store.find(digestOf(bytes)), undefined);
  assert.deepEqual(await store.verify(), { checked: 0, damaged: [] });
});

test("a stream over its limit is refused", async (t) => {
  const store = await temporaryStore(t);
  const work = storeStream(store, chunksOf(bytes, bytes), { what: "it", limitBytes: bytes.length + 1 });
  await assert.rejects(work, { code: "LIMIT_EXCEEDED" });
});

test("a fact comes back as it was, and a damaged one reads as absent", async (t) => {
  const store = await temporaryStore(t);
  await store.remember("layer", "key", { sizes: [1, 2] });
  assert.deepEqual(await store.fact("layer", "key"), { sizes: [1, 2] });
  assert.equal(await store.fact("layer", "other"), undefined);
  const hex = digestOf("key").slice(7);
  const path = join(store.root, "facts", "layer", hex.slice(0, 2), hex);
  await writeFile(path, (await readFile(path, "utf8")).replace("[1,2]", "[1,3]"));
  assert.equal(await store.fact("layer", "key"), undefined);
});

test("verify hashes everything and removes what is damaged", async (t) => {
  const store = await temporaryStore(t);
  const good = await store.put(bytes);
  const bad = await store.put(Buffer.from("bad"));
  const path = await store.find(bad);
  assert.ok(path !== undefined);
  await writeFile(path, "BAD");
  assert.deepEqual(await store.verify(), { checked: 2, damaged: [bad] });
  assert.notEqual(await store.find(good), undefined);
});

test("a placed blob replaces what stood there and is a link, not a copy, on one file system", async (t) => {
  const store = await temporaryStore(t);
  const digest = await store.put(bytes);
  const target = join(store.root, "placed");
  await writeFile(target, "old");
  await store.place(digest, target);
  await store.place(digest, target);
  const found = await store.find(digest);
  assert.ok(found !== undefined);
  assert.equal((await stat(target)).ino, (await stat(found)).ino);
  await assert.rejects(store.place(digestOf("absent"), target), { code: "STORE_MISSING" });
});

test("two writers of the same content leave one sealed blob", async (t) => {
  const store = await temporaryStore(t);
  const other = await openStore(store.root);
  const [a, b] = await Promise.all([store.put(bytes), other.put(bytes)]);
  assert.equal(a, b);
  assert.deepEqual(await store.verify(), { checked: 1, damaged: [] });
});
