import assert from "node:assert/strict";
import { chownSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { commands } from "./commands.ts";

const start = fileURLToPath(new URL("../bin/apkmill.mjs", import.meta.url));

interface Started {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the bundled command line with a cache of its own. */
function opened(cache: string): (...args: string[]) => Started {
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [start, ...args], {
      encoding: "utf8",
      env: { XDG_CACHE_HOME: cache },
    });
    return { status, stdout, stderr };
  };
}

async function emptyCache(t: TestContext): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), "compiled-"));
  t.after(() => rm(cache, { recursive: true, force: true }));
  return cache;
}

/** The files of compiled code, by the command that they are for. */
function keptIn(cache: string): Map<string, string> {
  const code = join(cache, "apkmill", "code");
  if (!existsSync(code)) return new Map();
  return new Map(
    readdirSync(code).flatMap((folder) =>
      readdirSync(join(code, folder)).map((name) => [name, join(code, folder, name)] as const),
    ),
  );
}

/** The one file, after the version was printed once. */
function keep(cache: string): string {
  const { status, stderr } = opened(cache)("--version");
  assert.equal(status, 0, stderr);
  const path = keptIn(cache).get("--version");
  assert.ok(path !== undefined);
  return path;
}

describe("the compiled code of the command line", () => {
  test("is kept for this user alone, and used as it is", async (t) => {
    const cache = await emptyCache(t);
    const path = keep(cache);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const { ino, size } = statSync(path);
    assert.ok(size > 10_000);
    keep(cache);
    assert.equal(statSync(path).ino, ino, "it was written again");
  });

  test("is kept for each command apart, also where one is a group of verbs", async (t) => {
    const cache = await emptyCache(t);
    const names = Object.keys(commands);
    for (const name of names) assert.equal(opened(cache)(...name.split(" "), "--help").status, 0, name);
    assert.deepEqual([...keptIn(cache).keys()].sort(), names.map((name) => name.replace(" ", "-")).sort());
  });

  test("is not kept for what is no command, or fails", async (t) => {
    const cache = await emptyCache(t);
    assert.equal(opened(cache)("repo", "resolv").status, 1);
    assert.equal(opened(cache)("../../escape").status, 1);
    assert.equal(opened(cache)("apk", "info", "nothing.apk").status, 1);
    assert.deepEqual([...keptIn(cache)], []);
  });

  for (const [damage, harm] of [
    ["cut short", (path: string) => truncateSync(path, statSync(path).size >> 1)],
    ["empty", (path: string) => truncateSync(path, 0)],
    ["changed in one byte", flipByte],
    ["another's", (path: string) => chownSync(path, 12_345, 12_345)],
  ] as const) {
    const skip = damage === "another's" && process.geteuid?.() !== 0 ? "only root gives files away" : false;
    test(`heals when it is ${damage}`, { skip }, async (t) => {
      const cache = await emptyCache(t);
      const path = keep(cache);
      const { ino } = statSync(path);
      harm(path);
      keep(cache);
      assert.notEqual(statSync(path).ino, ino, "it was not written again");
      assert.equal(statSync(path).uid, process.geteuid?.());
    });
  }

  test("is done without where nothing can be kept", async (t) => {
    const cache = await emptyCache(t);
    writeFileSync(join(cache, "apkmill"), "in the way");
    assert.equal(opened(cache)("--version").status, 0);
    const { stdout } = opened(cache)("--version");
    // Node's own way to make folders never ends below /proc.
    for (const env of [{}, { HOME: "/dev/null" }, { HOME: "/nowhere/at/all" }, { XDG_CACHE_HOME: "/proc/nowhere" }]) {
      const started = spawnSync(process.execPath, [start, "--version"], { encoding: "utf8", env, timeout: 20_000 });
      assert.deepEqual([started.status, started.stdout], [0, stdout], JSON.stringify(env));
    }
    assert.ok(!existsSync("/nowhere"));
  });
});

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
