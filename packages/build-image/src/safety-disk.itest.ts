import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { buildApart, endBuildsApart, type ApartJob, type ApartResult } from "./testing/build-apart.ts";
import { contentOf, debrisIn, openSafetyBench, scratchIn, type SafetyBench } from "./testing/safety-bench.ts";

const skip = canMount() ? false : "needs root, and mounts of tmpfs";

/** Builds that meet a full disk, which is a small tmpfs here. */
describe("a full disk", { skip }, () => {
  let bench: SafetyBench;
  let digest: string | undefined;
  const at = (...names: string[]): string => join(bench.folder, ...names);
  const run = (job: Omit<ApartJob, "configPath">, configPath = bench.large): Promise<ApartResult> =>
    buildApart({ configPath, ...job }).ended;

  before(async () => {
    bench = await openSafetyBench();
    ({ digest } = await run({ output: at("expected"), store: at("store") }));
    await run({ output: at("small"), store: at("store") }, bench.small);
    await run({ output: at("small.tar"), store: at("store") }, bench.small);
    assert.ok(digest !== undefined);
  });
  after(() => {
    endBuildsApart();
    return bench.close();
  });

  /** A disk of so many KiB; `grow` makes room. */
  function disk(t: TestContext, name: string, sizeKiB: number): { readonly path: string; readonly grow: () => void } {
    const path = at(name);
    mkdirSync(path);
    mount("-t", "tmpfs", "-o", `size=${String(sizeKiB)}k`, "tmpfs", path);
    t.after(() => spawnSync("umount", [path]));
    return { path, grow: () => mount("-o", "remount,size=64m", path) };
  }

  function assertFull({ error, status }: ApartResult, code: string): void {
    assert.equal(error?.code, code);
    assert.match(error.message, /ENOSPC/);
    assert.match(error.hint ?? "", /make room/);
    assert.equal(status, 1);
  }

  test("under the store is an error with what to do, and the output stays as it was", async (t) => {
    const { path, grow } = disk(t, "store-disk", 1500);
    const output = at("beside-full-store");
    cpSync(at("small"), output, { recursive: true });
    const standing = contentOf(output);
    assertFull(await run({ output, store: path }), "STORE_UNUSABLE");
    assert.deepEqual(contentOf(output), standing);
    assert.deepEqual(scratchIn(path), []);
    grow();
    assert.equal((await run({ output, store: path })).digest, digest);
    assert.deepEqual(contentOf(output), contentOf(at("expected")));
  });

  test("under a layout leaves the earlier one, byte for byte, and nothing beside it", async (t) => {
    const { path, grow } = disk(t, "layout-disk", 1500);
    const output = join(path, "image");
    cpSync(at("small"), output, { recursive: true });
    const standing = contentOf(path);
    assertFull(await run({ output, store: at("store") }), "FILE_UNWRITABLE");
    assert.deepEqual(contentOf(path), standing);
    grow();
    assert.equal((await run({ output, store: at("store") })).digest, digest);
    assert.deepEqual(contentOf(output), contentOf(at("expected")));
  });

  test("under a new layout leaves no layout", async (t) => {
    const { path } = disk(t, "new-disk", 1500);
    assertFull(await run({ output: join(path, "image"), store: at("store") }), "FILE_UNWRITABLE");
    assert.deepEqual(readdirSync(path), []);
  });

  test("under a tar leaves the earlier one, and its SBOMs", async (t) => {
    const { path, grow } = disk(t, "tar-disk", 1500);
    const output = join(path, "image.tar");
    cpSync(at("small.tar"), output);
    const standing = contentOf(path);
    assertFull(await run({ output, store: at("store") }), "FILE_UNWRITABLE");
    assert.deepEqual(contentOf(path), standing);
    grow();
    assert.equal((await run({ output, store: at("store") })).digest, digest);
    assert.deepEqual(debrisIn(path), []);
  });

  test("under the SBOMs leaves image and SBOMs as they were", async (t) => {
    const { path, grow } = disk(t, "sbom-disk", 8);
    const output = at("image-with-sboms");
    cpSync(at("small"), output, { recursive: true });
    const standing = contentOf(output);
    const job = { output, store: at("store"), sbomPath: path };
    assertFull(await run(job), "FILE_UNWRITABLE");
    assert.deepEqual([contentOf(output), readdirSync(path)], [standing, []]);
    grow();
    assert.equal((await run(job)).digest, digest);
    for (const name of readdirSync(path))
      assert.deepEqual(readFileSync(join(path, name)), readFileSync(join(output, name)));
    assert.ok(readdirSync(path).length >= 2);
  });
});

function mount(...args: readonly string[]): void {
  const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

function canMount(): boolean {
  return spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" }).status === 0;
}
