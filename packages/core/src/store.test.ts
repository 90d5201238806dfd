import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { digestOf } from "./digest.ts";
import { distrustStore } from "./store-blobs.ts";
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

test("a damaged blob is reported as absent, and replaced when it is stored again", async (t) => {
  const store = await temporaryStore(t);
  const digest = await store.put(bytes);
  const path = await store.find(digest);
  assert.ok(path !== undefined);
  await writeFile(path, "other content");
  assert.equal(await store.find(digest), undefined);
  await store.put(bytes);
  assert.deepEqual(await readFile(path), bytes);
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
  assert.deepEqual(await store.verify(), { checked: 0, checkedBytes: 0, damaged: [], leftovers: 0 });
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
  const path = join(store.root, "facts", "layer", hex);
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
  assert.deepEqual(await store.verify(), { checked: 2, checkedBytes: 15, damaged: [bad], leftovers: 0 });
  await assert.rejects(stat(path), { code: "ENOENT" });
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
  assert.deepEqual(await store.verify(), { checked: 1, checkedBytes: bytes.length, damaged: [], leftovers: 0 });
});

test("a blob that was changed and given its old size and time back is hashed again only by verify", async (t) => {
  const store = await temporaryStore(t);
  const digest = await store.put(bytes);
  const path = await store.find(digest);
  assert.ok(path !== undefined);
  const { atime, mtime } = await stat(path);
  await writeFile(path, "SOME content");
  assert.equal(await store.find(digest), undefined);
  // A forged seal: whoever may write to the store can make one, so that only hashing everything tells.
  await utimes(path, atime, mtime);
  assert.equal(await store.find(digest), path);
  assert.deepEqual((await store.verify()).damaged, [digest]);
  assert.equal(await store.find(digest), undefined);
});

test("a blob that came with its times from elsewhere is hashed again, and so is every one of a store that is not trusted", async (t) => {
  const [from, store] = [await temporaryStore(t), await temporaryStore(t)];
  const digest = await from.put(bytes);
  const source = await from.find(digest);
  assert.ok(source !== undefined);
  const path = source.replace(from.root, store.root);
  await writeFile(path, "SOME CONTENT");
  const { atime, mtime } = await stat(source);
  await utimes(path, atime, mtime);
  assert.equal(await store.find(digest), undefined, "another inode has another seal");
  await distrustStore(from.root);
  assert.notEqual((await stat(source)).mtimeMs, mtime.getTime());
  assert.equal(await from.find(digest), source);
  assert.equal((await stat(source)).mtimeMs, mtime.getTime(), "it is sealed anew");
});

test("of a store from elsewhere the derived tables go: they cannot be checked", async (t) => {
  const store = await temporaryStore(t);
  store.keepDerived("table", "key", [bytes]);
  assert.deepEqual(store.derived("table", "key"), bytes);
  await distrustStore(store.root);
  assert.equal(store.derived("table", "key"), undefined);
});

test("a fact or a table in the place of another reads as absent, and verify says so", async (t) => {
  const store = await temporaryStore(t);
  const paths: string[] = [];
  for (const key of ["one", "two"]) {
    await store.remember("layer", key, key);
    store.keepDerived("table", key, [Buffer.from(key)]);
    paths.push(join(store.root, "facts", "layer", digestOf(key).slice(7)));
    paths.push(join(store.root, "derived", "table", digestOf(key).slice(7)));
  }
  const [fact = "", table = "", otherFact = "", otherTable = ""] = paths;
  await copyFile(fact, otherFact);
  await copyFile(table, otherTable);
  assert.deepEqual([await store.fact("layer", "one"), store.derived("table", "one")], ["one", Buffer.from("one")]);
  assert.deepEqual([await store.fact("layer", "two"), store.derived("table", "two")], [undefined, undefined]);
  await mkdir(join(store.root, "facts", "other"));
  const otherKind = join(store.root, "facts", "other", digestOf("one").slice(7));
  await copyFile(fact, otherKind);
  assert.equal(await store.fact("other", "one"), undefined);
  assert.deepEqual((await store.verify()).damaged, [otherFact, otherKind, otherTable]);
  assert.equal(await store.fact("layer", "one"), "one");
});

test("the start of a table is told without the rest", async (t) => {
  const store = await temporaryStore(t);
  store.keepDerived("table", "key", [Buffer.from("start"), Buffer.from("rest")]);
  assert.equal(store.derived("table", "key", 5)?.toString(), "start");
  assert.equal(store.derived("table", "key")?.toString(), "startrest");
  store.keepDerived("table", "key", []);
  assert.equal(store.derived("table", "key")?.length, 0);
});

test("facts that are garbage, empty or of another key's value read as absent and are replaced", async (t) => {
  const store = await temporaryStore(t);
  const path = join(store.root, "facts", "layer", digestOf("key").slice(7));
  await store.remember("layer", "key", 1);
  for (const garbage of ["", "\n", "{}", "sha256:00\n1", randomBytes(300), `${digestOf("1")}\n1`]) {
    await writeFile(path, garbage);
    assert.equal(await store.fact("layer", "key"), undefined, String(garbage));
  }
  await store.remember("layer", "key", 2);
  assert.equal(await store.fact("layer", "key"), 2);
});
