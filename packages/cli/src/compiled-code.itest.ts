import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { commands } from "./commands.ts";
import { temporaryFolder, type Ran } from "./testing/run-command.ts";
import { writeHello } from "./testing/write-package.ts";

const program = fileURLToPath(new URL("../bin/apkmill.mjs", import.meta.url));

/** Starts the bundled command line with nothing but this environment. */
function start(env: Readonly<Record<string, string>>, ...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    env,
    timeout: 20_000,
  });
  return { status: status ?? 128, stdout, stderr };
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
  const { status, stderr } = start({ XDG_CACHE_HOME: cache }, "--version");
  assert.equal(status, 0, stderr);
  const path = keptIn(cache).get("--version");
  assert.ok(path !== undefined);
  return path;
}

/**
 * What fetches four packages into an empty store, more than is fetched without threads; it gives the path of the compiled code that is
 * kept for it in `cache`.
 */
async function fetcher(t: TestContext, cache: string): Promise<(...args: readonly string[]) => Promise<string>> {
  const repository = await temporaryFolder(t);
  const folder = join(repository, "x86_64");
  for (const name of ["a", "b", "c", "d"]) {
    // As long as it may be.
    const script = `#!/bin/sh\n# ${randomBytes(180_000).toString("base64")}\n`;
    await writeHello(folder, { name, depends: [], installIf: [] }, { script });
  }
  const indexed = start({}, "apk", "index", folder);
  assert.equal(indexed.status, 0, indexed.stderr);
  return async (...args) => {
    const from = ["-r", repository, "--arch", "x86_64", "--ignore-signatures", "--all"];
    const store = ["--cache-dir", await temporaryFolder(t)];
    const { status, stderr } = start({ XDG_CACHE_HOME: cache }, "repo", "fetch", ...store, ...from, ...args);
    assert.equal(status, 0, stderr);
    return keptIn(cache).get("repo-fetch") ?? assert.fail("nothing was kept");
  };
}

describe("the compiled code of the command line", () => {
  test("is kept for this user alone, and used as it is", async (t) => {
    const cache = await temporaryFolder(t);
    const path = keep(cache);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const { ino, size } = statSync(path);
    assert.ok(size > 10_000);
    keep(cache);
    assert.equal(statSync(path).ino, ino, "it was written again");
  });

  test("is used again by a command that starts threads, and for them changes a flag of V8", async (t) => {
    const cache = await temporaryFolder(t);
    const fetch = await fetcher(t, cache);
    const { ino } = statSync(await fetch());
    assert.equal(statSync(await fetch()).ino, ino, "it was written again");
  });

  test("is kept for each command apart, also where one is a group of verbs", async (t) => {
    const cache = await temporaryFolder(t);
    const names = Object.keys(commands);
    for (const name of names)
      assert.equal(start({ XDG_CACHE_HOME: cache }, ...name.split(" "), "--help").status, 0, name);
    assert.deepEqual([...keptIn(cache).keys()].sort(), names.map((name) => name.replace(" ", "-")).sort());
  });

  test("is kept again once a later run has compiled much more", async (t) => {
    const cache = await temporaryFolder(t);
    const fetch = await fetcher(t, cache);
    const sizes: number[] = [];
    const run = async (...args: readonly string[]): Promise<void> => {
      const path = await fetch(...args);
      sizes.push(statSync(path).size);
    };
    await run("--help");
    await run();
    await run();
    await run("--help");
    const [first = 0, second = 0, ...later] = sizes;
    assert.ok(second > 1.05 * first, `${first} bytes, then ${second}`);
    // A byte for each run.
    assert.deepEqual(later, [second + 1, second + 2]);
  });

  test("is not kept for what is no command, or fails", async (t) => {
    const cache = await temporaryFolder(t);
    assert.equal(start({ XDG_CACHE_HOME: cache }, "repo", "resolv").status, 1);
    assert.equal(start({ XDG_CACHE_HOME: cache }, "../../escape").status, 1);
    assert.equal(start({ XDG_CACHE_HOME: cache }, "apk", "info", "nothing.apk").status, 1);
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
      const cache = await temporaryFolder(t);
      const path = keep(cache);
      const { ino } = statSync(path);
      harm(path);
      keep(cache);
      assert.notEqual(statSync(path).ino, ino, "it was not written again");
      assert.equal(statSync(path).uid, process.geteuid?.());
    });
  }

  test("is done without where nothing can be kept", async (t) => {
    const cache = await temporaryFolder(t);
    writeFileSync(join(cache, "apkmill"), "in the way");
    assert.equal(start({ XDG_CACHE_HOME: cache }, "--version").status, 0);
    const { stdout } = start({ XDG_CACHE_HOME: cache }, "--version");
    // Node's own way to make folders never ends below /proc.
    for (const env of [{}, { HOME: "/dev/null" }, { HOME: "/nowhere/at/all" }, { XDG_CACHE_HOME: "/proc/nowhere" }]) {
      const started = start(env, "--version");
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
