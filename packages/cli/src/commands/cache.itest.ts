import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openStore } from "@apkmill/core";
import { main } from "../main.ts";

interface Answer {
  readonly code: number;
  readonly json: unknown;
  readonly stderr: string;
}

async function run(...argv: string[]): Promise<Answer> {
  let stdout = "";
  let stderr = "";
  const code = await main({
    argv,
    env: {},
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    signal: new AbortController().signal,
  });
  return { code, json: stdout === "" ? undefined : JSON.parse(stdout), stderr };
}

/** A store of two blobs, and the options that name it. */
async function filledStore(t: TestContext): Promise<{ root: string; options: string[]; blobs: string[] }> {
  const root = await mkdtemp(join(tmpdir(), "cache-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const store = await openStore(root);
  const blobs = [await store.put(Buffer.alloc(100, "a")), await store.put(Buffer.alloc(200, "b"))];
  return { root, options: ["--json", "--cache-dir", root], blobs };
}

test("cache info says what the store holds", async (t) => {
  const { root, options } = await filledStore(t);
  const { code, json } = await run("cache", "info", ...options);
  const { oldestUse, ...rest } = json as { oldestUse: string };
  const none = { entries: 0, sizeBytes: 0 };
  assert.deepEqual(rest, { root, sizeBytes: 300, blobs: { entries: 2, sizeBytes: 300 }, facts: none, derived: none });
  assert.ok(Math.abs(Date.parse(oldestUse) - Date.now()) < 60_000);
  assert.equal(code, 0);
});

test("cache verify removes what is damaged and says so by its exit code; in a dry run it only says so", async (t) => {
  const { root, options, blobs } = await filledStore(t);
  assert.equal((await run("cache", "verify", ...options)).code, 0);
  const [bad = ""] = blobs;
  await writeFile(join(root, "blobs", bad.slice(7)), "other bytes");
  for (const dryRun of [true, false]) {
    const { code, json } = await run("cache", "verify", ...(dryRun ? ["--dry-run"] : []), ...options);
    assert.equal(code, 1);
    const { damaged, ...rest } = json as { damaged: string[]; dryRun: boolean; leftovers: number };
    assert.deepEqual([damaged, rest.dryRun, rest.leftovers], [[bad], dryRun, 0]);
  }
  assert.equal((await run("cache", "verify", ...options)).code, 0);
});

test("cache prune removes down to a size, and only says so in a dry run", async (t) => {
  const { options } = await filledStore(t);
  const dry = await run("cache", "prune", "--max-size", "0", "--dry-run", ...options);
  assert.deepEqual([dry.code, (dry.json as { removed: number }).removed], [0, 2]);
  const young = await run("cache", "prune", "--max-age", "1d", ...options);
  assert.equal((young.json as { removed: number }).removed, 0);
  const all = await run("cache", "prune", "--max-size", "0", ...options);
  assert.equal((all.json as { kept: number }).kept, 0);
});

test("cache prune wants to know what may go", async (t) => {
  const { options } = await filledStore(t);
  const codeOf = ({ json }: Answer): string => (json as { error: { code: string } }).error.code;
  assert.equal(codeOf(await run("cache", "prune", ...options)), "CLI_USAGE");
  assert.equal(codeOf(await run("cache", "prune", "--max-age", "30", ...options)), "CLI_BAD_VALUE");
  assert.equal(codeOf(await run("cache", "prune", "--max-size", "1MB", ...options)), "CLI_BAD_VALUE");
});

test("a limit is set for every command, and an unknown one is refused with the nearest name", async (t) => {
  const { options } = await filledStore(t);
  assert.equal((await run("cache", "info", "--limit", "index-bytes=64MiB,depth=3", ...options)).code, 0);
  const { code, json } = await run("cache", "info", "--limit", "index-byte=64MiB", ...options);
  const { error } = json as { error: { code: string; hint: string } };
  assert.deepEqual([code, error.code, error.hint], [1, "LIMIT_SETTING", "did you mean `index-bytes`?"]);
});
