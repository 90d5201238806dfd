import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { rmdirSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { digestOf } from "./digest.ts";
import { openStore, storeStream } from "./store.ts";

const isRoot = process.getuid?.() === 0;
const text = "content that the store has";
const user = join(import.meta.dirname, "testing/use-store.ts");

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "store-faults-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
}

function canMount(): boolean {
  if (!isRoot) return false;
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function* repeated(fill: string, times: number): AsyncGenerator<Buffer> {
  for (let turn = 0; turn < times; turn += 1)
    yield await Promise.resolve(Buffer.alloc(64 * 1024, `${fill}${String(turn)}`));
}

test(
  "a store of another user is read, and says by its code that it cannot be written",
  { skip: !isRoot && "needs root" },
  async (t) => {
    const root = join(await folderFor(t), "store");
    const store = await openStore(root);
    const path = await store.find(await store.put(Buffer.from(text)));
    await store.remember("kind", "key", 1);
    // Its seal is broken, and the reader may not make a new one.
    await utimes(path ?? "", 1, 1);
    const { stdout } = await promisify(execFile)(process.execPath, [user, root, text], { uid: 65_534, gid: 65_534 });
    assert.deepEqual(JSON.parse(stdout), {
      find: "something",
      "put again": "something",
      "put new": "STORE_UNUSABLE",
      fact: "something",
      remember: "nothing",
      "keep derived": "nothing",
      verify: "nothing",
      // Of everything, this process may hold something: nothing is to be removed.
      prune: "something",
      "open another": "STORE_UNUSABLE",
    });
    assert.deepEqual((await store.verify()).damaged, []);
  },
);

test(
  "a full disk is refused by its code and leaves what was there whole",
  { skip: !canMount() && "needs root to mount a tmpfs" },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "store-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
    t.after(() => {
      execFileSync("umount", ["--lazy", folder]);
      rmdirSync(folder);
    });
    const store = await openStore(join(folder, "store"));
    const first = await storeStream(store, repeated("a", 4), { what: "a", limitBytes: 2 ** 30 });
    await assert.rejects(storeStream(store, repeated("b", 40), { what: "b", limitBytes: 2 ** 30 }), {
      code: "STORE_UNUSABLE",
      hint: /room/,
    });
    await assert.rejects(store.put(Buffer.alloc(2 ** 20, "c")), { code: "STORE_UNUSABLE" });
    await assert.rejects(store.remember("kind", "key", "d".repeat(2 ** 20)), { code: "STORE_UNUSABLE" });
    store.keepDerived("kind", "key", [Buffer.alloc(2 ** 20)]);
    assert.equal(store.derived("kind", "key"), undefined);
    assert.deepEqual(
      (await readdir(join(store.root, "tmp"))).filter((name) => !name.endsWith("-lease")),
      [],
    );
    assert.equal(await store.find(first.digest), first.path);
    assert.deepEqual((await store.verify()).damaged, []);
    assert.equal(await store.put(Buffer.from(text)), digestOf(text));
    assert.equal((await store.prune({ maxSizeBytes: 0, now: 0 })).kept, 0);
  },
);
