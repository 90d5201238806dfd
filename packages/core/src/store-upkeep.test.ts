import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Digest } from "./digest.ts";
import { openStore, type Store } from "./store.ts";

const now = Math.floor(Date.now() / 1000);
const day = 24 * 60 * 60;

async function temporaryStore(t: TestContext): Promise<Store> {
  const root = await mkdtemp(join(tmpdir(), "store-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  return openStore(root);
}

/** Puts 1000 bytes that were last used `ageDays` ago. */
async function putAged(store: Store, fill: string, ageDays: number): Promise<Digest> {
  const digest = await store.put(Buffer.alloc(1000, fill));
  const path = join(store.root, "blobs", digest.slice(7));
  await utimes(path, now - ageDays * day, (await stat(path)).mtime);
  return digest;
}

/** The name of a process that runs until the test ends, and the first part of names in `tmp/`. */
async function otherProcess(t: TestContext, store: Store): Promise<string> {
  const child = spawn("sleep", ["60"]);
  t.after(() => child.kill());
  await once(child, "spawn");
  await store.find("sha256:".padEnd(71, "0") as Digest);
  const [lease = ""] = await readdir(join(store.root, "tmp"));
  return `${lease.split("-")[0] ?? ""}-${String(child.pid)}`;
}

test("prune removes what was not used for the given time, then the oldest until the rest fits", async (t) => {
  const store = await temporaryStore(t);
  const [old, middle, fresh] = [
    await putAged(store, "a", 30),
    await putAged(store, "b", 3),
    await putAged(store, "c", 0),
  ];
  const dry = await store.prune({ maxAgeSeconds: 10 * day, maxSizeBytes: 1500, now, dryRun: true });
  const rest = { removed: 2, removedBytes: 2000, kept: 1, keptBytes: 1000, inUse: 0 };
  assert.deepEqual(dry, rest);
  assert.notEqual(await store.find(middle), undefined, "a dry run removes nothing");
  await putAged(store, "b", 3);
  const aged = await store.prune({ maxAgeSeconds: 10 * day, now });
  assert.deepEqual(aged, { removed: 1, removedBytes: 1000, kept: 2, keptBytes: 2000, inUse: 0 });
  assert.equal(await store.find(old), undefined);
  assert.equal((await store.prune({ maxSizeBytes: 1500, now })).removed, 1);
  assert.deepEqual([await store.find(middle), (await store.find(fresh)) === undefined], [undefined, false]);
  assert.equal((await store.prune({ maxSizeBytes: 0, now })).kept, 0);
});

test("a use makes an entry young again", async (t) => {
  const store = await temporaryStore(t);
  const digest = await putAged(store, "a", 30);
  await store.remember("kind", "key", 1);
  const [fact = ""] = await readdir(join(store.root, "facts", "kind"));
  await utimes(join(store.root, "facts", "kind", fact), now - 30 * day, now - 30 * day);
  await store.find(digest);
  await store.fact("kind", "key");
  assert.equal((await store.prune({ maxAgeSeconds: day, now: Math.ceil(Date.now() / 1000) })).removed, 0);
});

test("what a running process may have found stays, and goes when it has ended", async (t) => {
  const store = await temporaryStore(t);
  await putAged(store, "a", 0);
  await putAged(store, "b", 2);
  const lease = join(store.root, "tmp", `${await otherProcess(t, store)}-lease`);
  await writeFile(lease, "");
  assert.deepEqual(await store.prune({ maxSizeBytes: 0, now }), {
    removed: 1,
    removedBytes: 1000,
    kept: 1,
    keptBytes: 1000,
    inUse: 1,
  });
  await writeFile(lease.replace(/-[0-9]+-lease$/, "-4194305-lease"), "of a process that cannot be");
  await rm(lease);
  assert.deepEqual(await store.prune({ maxSizeBytes: 0, now }), {
    removed: 1,
    removedBytes: 1000,
    kept: 0,
    keptBytes: 0,
    inUse: 0,
  });
});

test("what killed processes leave is removed, what live ones write stays", async (t) => {
  const store = await temporaryStore(t);
  const live = `${await otherProcess(t, store)}-0123456789abcdef`;
  const files: Readonly<Record<string, number>> = {
    [live]: 5,
    [live.replace(/-[0-9]+-/, "-4194305-")]: 0,
    "0123456789ab-1-0123456789abcdef": 0,
    "0123456789ab-2-0123456789abcdef": 2,
    "left-by-an-older-version": 2,
    // A process that ended as it should leaves this too.
    [live.replace(/-[0-9]+-.*/, "-4194305-lease")]: 0,
  };
  for (const [name, ageDays] of Object.entries(files)) {
    await writeFile(join(store.root, "tmp", name), "x");
    await utimes(join(store.root, "tmp", name), now - ageDays * day, now - ageDays * day);
  }
  await mkdir(join(store.root, "tmp", "folder"));
  const before = await readdir(join(store.root, "tmp"));
  assert.equal((await store.verify({ dryRun: true })).leftovers, 3);
  assert.deepEqual(await readdir(join(store.root, "tmp")), before);
  assert.equal((await store.verify()).leftovers, 3);
  const left = (await readdir(join(store.root, "tmp"))).filter(
    (name) => !name.endsWith(`${String(process.pid)}-lease`),
  );
  assert.deepEqual(left.sort(), ["0123456789ab-1-0123456789abcdef", "folder", live].sort());
});

test("a store says what it holds", async (t) => {
  const store = await temporaryStore(t);
  assert.equal((await store.describe()).oldestUse, undefined);
  await putAged(store, "a", 2);
  await store.remember("kind", "key", "value");
  store.keepDerived("table", "key", [Buffer.alloc(5)]);
  const { kinds, oldestUse, sizeBytes } = await store.describe();
  assert.deepEqual(
    [kinds.blob, kinds.derived, kinds.fact.entries],
    [{ entries: 1, sizeBytes: 1000 }, { entries: 1, sizeBytes: 32 + 5 }, 1],
  );
  assert.equal(sizeBytes, 1037 + kinds.fact.sizeBytes);
  assert.equal(oldestUse, now - 2 * day);
});
