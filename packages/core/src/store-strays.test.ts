import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { lstat, mkdtempDisposable, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { digestOf, hexOf } from "./digest.ts";
import { distrustStore } from "./store-blobs.ts";
import { openStore, type Store } from "./store.ts";

const bytes = Buffer.from("some content");
const digest = digestOf(bytes);

/** What may stand where a file of the store belongs; `elsewhere` is a folder with a `file` in it that is not the store's. */
const strays: Readonly<Record<string, (path: string, elsewhere: string) => void>> = {
  "an empty folder": (path) => mkdirSync(path),
  "a folder with a file in it, and a link to elsewhere": (path, elsewhere) => {
    mkdirSync(join(path, "below"), { recursive: true });
    writeFileSync(join(path, "below", hexOf(digest)), bytes);
    symlinkSync(elsewhere, join(path, "link"));
  },
  "a link in circles": (path) => {
    symlinkSync(path, path);
  },
  "a link to nothing": (path) => {
    symlinkSync("nothing", path);
  },
  "a link to a folder elsewhere": (path, elsewhere) => {
    symlinkSync(elsewhere, path);
  },
  "a link to a file elsewhere": (path, elsewhere) => {
    symlinkSync(join(elsewhere, "file"), path);
  },
  "a pipe": (path) => {
    execFileSync("mkfifo", [path]);
  },
};

/** Does `work` on a store of its own for each of {@link strays}; then what is not the store's must be as it was. */
async function withEach(
  work: (root: string, put: (path: string) => Promise<void>, what: string) => Promise<void>,
): Promise<void> {
  for (const [what, make] of Object.entries(strays)) {
    await using folder = await mkdtempDisposable(join(tmpdir(), "store-strays-"));
    const elsewhere = join(folder.path, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "file"), bytes);
    const { mtimeMs } = await stat(join(elsewhere, "file"));
    const put = async (path: string): Promise<void> => {
      await rm(path, { recursive: true, force: true });
      mkdirSync(dirname(path), { recursive: true });
      make(path, elsewhere);
    };
    await work(join(folder.path, "store"), put, what);
    assert.deepEqual(await readFile(join(elsewhere, "file")), bytes, what);
    assert.equal((await stat(join(elsewhere, "file"))).mtimeMs, mtimeMs, what);
  }
}

test("what stands in a blob's place and is no file reads as absent, and is replaced", async () => {
  await withEach(async (root, put, what) => {
    const store = await openStore(root);
    const path = join(root, "blobs", hexOf(digest));
    await put(path);
    assert.equal(await store.find(digest), undefined, what);
    await distrustStore(root);
    await store.put(bytes);
    assert.equal(await store.find(digest), path, what);
    assert.ok((await lstat(path)).isFile(), what);
  });
});

test("what stands in the place of a fact or a table and is none reads as absent, and is replaced", async () => {
  await withEach(async (root, put, what) => {
    const store = await openStore(root);
    await put(join(root, "facts", "kind", hexOf(digestOf("key"))));
    await put(join(root, "derived", "kind", hexOf(digestOf("key"))));
    await requireReplaced(store, what);
  });
});

test("what stands in the place of the facts or tables of a kind and is no folder is replaced", async () => {
  await withEach(async (root, put, what) => {
    const store = await openStore(root);
    await put(join(root, "facts", "kind"));
    await requireReplaced(store, what);
    await rm(join(root, "facts", "kind"), { recursive: true });
    await put(join(root, "derived", "kind"));
    await requireReplaced(store, what);
  });
});

async function requireReplaced(store: Store, what: string): Promise<void> {
  assert.equal(await store.fact("kind", "key"), undefined, what);
  assert.equal(store.derived("kind", "key"), undefined, what);
  await store.remember("kind", "key", 1);
  store.keepDerived("kind", "key", [bytes]);
  assert.equal(await store.fact("kind", "key"), 1, what);
  assert.deepEqual(store.derived("kind", "key"), bytes, what);
}

test("nothing is removed behind a link that stands for a folder of the store", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "store-strays-"));
  const [root, elsewhere] = [join(folder.path, "store"), join(folder.path, "elsewhere")];
  const store = await openStore(root);
  await rename(join(root, "blobs"), elsewhere);
  symlinkSync(elsewhere, join(root, "blobs"));
  const kept = join(elsewhere, hexOf(digest), "kept");
  mkdirSync(join(elsewhere, hexOf(digest)));
  writeFileSync(kept, "mine");
  await assert.rejects(store.put(bytes), { code: "STORE_UNUSABLE" });
  await store.verify();
  await store.prune({ maxSizeBytes: 0, now: 0 });
  assert.equal(readFileSync(kept, "utf8"), "mine");
});

test("verify removes what is no file, and prune what it chooses of it; nothing in a dry run", async () => {
  await withEach(async (root, put, what) => {
    const store = await openStore(root);
    const [fact, table] = [join(root, "facts", "kind", "stray"), join(root, "derived", "kind", "stray")];
    const strayKind = join(root, "facts", "stray");
    const fill = async (): Promise<void> => {
      await store.remember("kind", "key", 1);
      store.keepDerived("kind", "key", [bytes]);
      for (const path of [join(root, "blobs", hexOf(digest)), join(root, "blobs", "stray"), fact, table])
        await put(path);
      // A folder there is one for facts of a kind.
      writeFileSync(strayKind, "x");
    };
    await fill();
    const damaged = [digest, join(root, "blobs", "stray"), fact, strayKind, table].sort();
    for (const dryRun of [true, false])
      assert.deepEqual([...(await store.verify({ dryRun })).damaged].sort(), damaged, what);
    assert.deepEqual((await store.verify()).damaged, [], what);
    assert.equal(await store.fact("kind", "key"), 1, what);
    await fill();
    await store.prune({ maxSizeBytes: -1, now: 0 });
    const { kinds } = await store.describe();
    assert.deepEqual([kinds.blob.entries, kinds.fact.entries, kinds.derived.entries], [0, 0, 0], what);
  });
});
