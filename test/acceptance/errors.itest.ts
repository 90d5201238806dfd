import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { apkmill } from "./apkmill.ts";
import { baseRepository } from "./hello.ts";
import { temporaryDirectory } from "./surroundings.ts";

/** What a user reads when something is wrong: where, what, and the next step. */
interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly context: { readonly file?: string; readonly line?: number; readonly column?: number };
  readonly problems?: readonly Problem[];
  readonly reasons?: readonly {
    readonly constraint?: string;
    readonly package?: string;
    readonly requiredBy: readonly string[];
  }[];
}

describe("errors", () => {
  let folder: string;
  let base: { path: string; key: string };

  before(async () => {
    folder = temporaryDirectory();
    base = await baseRepository(folder);
  });

  async function errorOf(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Problem & { status: number }> {
    const { status, stdout } = await apkmill([...args, "--json"], { cwd: folder, env });
    return { ...(JSON.parse(stdout) as { error: Problem }).error, status };
  }

  test("an unknown key, a wrong type and an unknown variable come all at once, each with its place and a hint", async () => {
    writeFileSync(
      join(folder, "bad.yaml"),
      "package:\n  name: bad\n  version: 1.0\n  epoch: many\n  descripton: x\npipeline:\n  - runs: echo ${{package.nam}}\n  - runs: echo ${{vars.nothing}}\n",
    );
    const error = await errorOf(["apk", "build", "bad.yaml"]);
    assert.equal(error.status, 1);
    const places = (error.problems ?? []).map(
      ({ code, context }) => `${code} ${context.line ?? 0}:${context.column ?? 0}`,
    );
    assert.deepEqual(places.sort(), [
      "CONFIG_UNKNOWN_KEY 5:3",
      "CONFIG_UNKNOWN_VARIABLE 7:16",
      "CONFIG_UNKNOWN_VARIABLE 8:16",
      "CONFIG_WRONG_TYPE 4:10",
    ]);
    const unknown = error.problems?.find(({ code }) => code === "CONFIG_UNKNOWN_KEY");
    assert.match(unknown?.hint ?? "", /description/);
    assert.ok(error.problems?.every(({ context }) => context.file?.endsWith("bad.yaml")));
  });

  test("an image configuration is judged the same way", async () => {
    writeFileSync(
      join(folder, "image.yaml"),
      "contents:\n  pakages: [busybox]\naccounts:\n  users:\n    - username: a\n      uid: minus\n",
    );
    const error = await errorOf(["image", "build", "image.yaml", "./image"]);
    assert.deepEqual((error.problems ?? []).map(({ context }) => context.line).sort(), [2, 6]);
  });

  test("a package that is not there comes with who asks for it and what there is", async () => {
    const error = await errorOf([
      "repo",
      "resolve",
      "--arch",
      "x86_64",
      "-r",
      base.path,
      "-k",
      base.key,
      "busybox>9",
      "nothing-like-it",
    ]);
    assert.equal(error.code, "APK_UNSATISFIABLE");
    assert.deepEqual(
      error.reasons?.map(({ constraint, package: label }) => constraint ?? label),
      ["nothing-like-it", "busybox-1.35.0-r0"],
    );
    assert.ok(error.reasons.every(({ requiredBy }) => requiredBy.some((by) => by.startsWith("world["))));
  });

  test("an index that an unknown key signed is refused", async () => {
    const error = await errorOf(["repo", "resolve", "--arch", "x86_64", "-r", base.path, "busybox"]);
    assert.equal(error.code, "INDEX_UNKNOWN_SIGNER");
  });

  test("a missing sandbox is named with the command that installs it", async () => {
    writeFileSync(
      join(folder, "good.yaml"),
      "package:\n  name: good\n  version: 1.0\n  epoch: 0\nenvironment:\n  contents:\n    packages: [busybox]\npipeline:\n  - runs: true\n",
    );
    const programs = join(folder, "programs");
    mkdirSync(programs);
    symlinkSync(process.execPath, join(programs, "node"));
    const error = await errorOf(["apk", "build", "-r", base.path, "-k", base.key, "good.yaml"], { PATH: programs });
    assert.equal(error.code, "SANDBOX_MISSING");
    assert.match(error.hint ?? "", /bubblewrap/);
  });

  test("an unknown command, an unknown option and a wrong number of arguments say what was meant", async () => {
    assert.match((await apkmill(["image", "bild"])).stderr, /did you mean: apkmill image build\?/);
    assert.match((await apkmill(["apk", "build", "--aarch", "x", "y"])).stderr, /did you mean --arch\?/);
    assert.equal((await apkmill(["image", "inspect"])).status, 1);
  });

  test("every command has help with an example", async () => {
    const { stdout } = await apkmill([]);
    const names = Array.from(stdout.matchAll(/^ {2}([a-z-]+(?: [a-z-]+)?) {2,}/gm), ([, name]) => name ?? "");
    assert.ok(names.length >= 15);
    for (const name of names) {
      const help = await apkmill([...name.split(" "), "--help"]);
      assert.equal(help.status, 0, name);
      assert.match(help.stdout, /usage: apkmill [\s\S]*example:\n {2}apkmill /, name);
    }
  });
});
