import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { parsePackageConfig } from "@apkmill/config";
import { compilePackageConfig } from "../compile.ts";
import type { CompiledStep } from "../compiled.ts";
import { builtInPipelines } from "./built-in.ts";

/**
 * The scripts of built-in pipelines, run. The shell and the tools are busybox's where it has them, as in a build environment; the workspace is
 * a folder of the test instead of /home/build.
 */

const hasBusybox = spawnSync("busybox", ["true"]).status === 0;
const needsBusybox = hasBusybox ? {} : { skip: "needs busybox" };

function skipWithout(...tools: readonly string[]): { skip?: string } {
  const missing = ["busybox", ...tools].filter((tool) => spawnSync(tool, ["--help"]).error !== undefined);
  return missing.length === 0 ? {} : { skip: `needs ${missing.join(", ")}` };
}

interface Workspace {
  readonly dir: string;
  readonly write: (path: string, content?: string, mode?: number) => void;
  readonly run: (step: string, options?: RunOptions) => Promise<string>;
  /** Paths below a package's output folder, links with their targets. */
  readonly listing: (name: string) => readonly string[];
}

interface RunOptions {
  readonly subpackage?: string;
  /** The exit code. */
  readonly expect?: number;
  /** "host": bash and the machine's own tools, where a pipeline wants the real ones and busybox's shell would take its own. */
  readonly tools?: "busybox" | "host";
}

async function workspace(t: TestContext): Promise<Workspace> {
  const dir = await mkdtemp(join(tmpdir(), "apkmill-workspace-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const bin = join(dir, ".bin");
  mkdirSync(bin);
  assert.equal(spawnSync("busybox", ["--install", "-s", bin]).status, 0);
  const path = [bin, process.env["PATH"]].join(delimiter);
  return {
    dir,
    write: (name, content = "", mode = 0o644) => {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), content, { mode });
    },
    run: async (step, { subpackage, expect = 0, tools = "busybox" } = {}) => {
      const script = scriptOf(await compileOne(step, subpackage)).replaceAll("/home/build", dir);
      const command = `set -eo pipefail\ncd '${dir}'\n${script}\nexit 0`;
      // Not spawnSync: a test's own server must answer meanwhile.
      const { status, output } =
        tools === "busybox"
          ? await run("busybox", ["sh", "-c", command], { PATH: path, HOME: dir, LC_ALL: "C" })
          : await run("bash", ["--norc", "-c", command], { PATH: process.env["PATH"], HOME: dir, LC_ALL: "C" });
      assert.equal(status, expect, output);
      return output;
    },
    listing: (name) => listFiles(join(dir, "melange-out", name), ""),
  };
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("close", (status) => resolve({ status, output }));
  });
}

async function compileOne(step: string, subpackage: string | undefined): Promise<CompiledStep> {
  const head = 'package: {name: hello, version: "1.0"}\n';
  const rest =
    subpackage === undefined ? `pipeline: [${step}]\n` : `subpackages: [{name: ${subpackage}, pipeline: [${step}]}]\n`;
  const compiled = await compilePackageConfig(parsePackageConfig(head + rest), { arch: "x86_64" });
  const found = (compiled.subpackages[0] ?? compiled).pipeline[0];
  assert.ok(found);
  return found;
}

function scriptOf(step: CompiledStep): string {
  return [step.script, ...step.pipeline.map(scriptOf)].join("\n");
}

function listFiles(dir: string, prefix: string): readonly string[] {
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).sort();
  if (names.length === 0) return [prefix];
  return names.flatMap((name) => {
    const entry = lstatSync(join(dir, name));
    if (entry.isSymbolicLink()) return [`${prefix}${name} -> ${readlinkSync(join(dir, name))}`];
    return entry.isDirectory() ? listFiles(join(dir, name), `${prefix}${name}/`) : [`${prefix}${name}`];
  });
}

test("every script is one that the shell of busybox can read", needsBusybox, () => {
  for (const [name, { runs }] of builtInPipelines) {
    // References to inputs would not parse within quotes alone.
    const script = runs.replace(/\$\{\{[^}]*\}\}/g, "x");
    const { status, stderr } = spawnSync("busybox", ["sh", "-n"], { input: script, encoding: "utf8" });
    assert.equal(status, 0, `${name}: ${stderr}`);
  }
});

test("no script leaves a reference without a value, and every input has a description", async () => {
  for (const [name, { inputs }] of builtInPipelines) {
    const required = Object.entries(inputs).filter(([, input]) => input.required);
    const given = Object.fromEntries(required.map(([input]) => [input, "x"]));
    const step = await compileOne(JSON.stringify({ uses: name, with: given }), "hello-sub");
    assert.ok(!JSON.stringify(step).includes("${{"), name);
    for (const input of Object.values(inputs)) assert.notEqual(input.description, "");
  }
});

test("split/dev takes headers, link names, archives and build descriptions", needsBusybox, async (t) => {
  const space = await workspace(t);
  const out = "melange-out/hello/usr";
  for (const file of [
    "include/hello.h",
    "lib/libhello.so.1.0",
    "lib/libhello.a",
    "lib/pkgconfig/hello.pc",
    "lib/cmake/hello/hello.cmake",
    "lib/plugin.so",
    "bin/hello",
    "bin/hello-config",
    "share/aclocal/hello.m4",
  ]) {
    space.write(`${out}/${file}`);
  }
  symlinkSync("libhello.so.1.0", join(space.dir, out, "lib/libhello.so.1"));
  symlinkSync("libhello.so.1", join(space.dir, out, "lib/libhello.so"));
  await space.run("{uses: split/dev}", { subpackage: "hello-dev" });
  assert.deepEqual(space.listing("hello"), [
    "usr/bin/hello",
    "usr/lib/libhello.so.1 -> libhello.so.1.0",
    "usr/lib/libhello.so.1.0",
    "usr/lib/plugin.so",
  ]);
  assert.deepEqual(space.listing("hello-dev"), [
    "usr/bin/hello-config",
    "usr/include/hello.h",
    "usr/lib/cmake/hello/hello.cmake",
    "usr/lib/libhello.a",
    "usr/lib/libhello.so -> libhello.so.1",
    "usr/lib/pkgconfig/hello.pc",
    "usr/share/aclocal/hello.m4",
  ]);
});

/** pipeline, files of the main package, what goes, what stays. */
const splits: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  ["split/manpages", ["usr/share/man/man1/a.1", "usr/bin/a"], ["usr/share/man/man1/a.1"], ["usr/bin/a"]],
  ["split/infodir", ["usr/share/info/a.info", "usr/share/info/dir", "x"], ["usr/share/info/a.info"], ["x"]],
  ["split/locales", ["usr/share/locale/de/a.mo", "x"], ["usr/share/locale/de/a.mo"], ["x"]],
  [
    "split/alldocs",
    ["usr/share/doc/a", "usr/share/man/man1/a.1", "x"],
    ["usr/share/doc/a", "usr/share/man/man1/a.1"],
    ["x"],
  ],
  [
    "split/static",
    ["usr/lib/a.a", "usr/lib/with space.a", "usr/lib/a.so"],
    ["usr/lib/a.a", "usr/lib/with space.a"],
    ["usr/lib/a.so"],
  ],
  ["split/bin", ["usr/bin/a", "usr/sbin/b", "usr/lib/c"], ["usr/bin/a", "usr/sbin/b"], ["usr/lib/c"]],
  [
    "split/lib",
    ["usr/lib/a.so.1", "usr/lib/a.so", "usr/lib/sub/b.so.1"],
    ["usr/lib/a.so.1"],
    ["usr/lib/a.so", "usr/lib/sub/b.so.1"],
  ],
];

for (const [name, files, goes, stays] of splits) {
  test(`${name} takes what is its own`, needsBusybox, async (t) => {
    const space = await workspace(t);
    for (const file of files) space.write(`melange-out/hello/${file}`);
    await space.run(`{uses: ${name}}`, { subpackage: "sub" });
    assert.deepEqual(space.listing("sub"), goes);
    assert.deepEqual(space.listing("hello"), stays);
  });
}

test("a split joins what the subpackage has already", needsBusybox, async (t) => {
  const space = await workspace(t);
  space.write("melange-out/hello/usr/share/man/man1/a.1");
  space.write("melange-out/sub/usr/share/man/man1/b.1");
  await space.run("{uses: split/manpages}", { subpackage: "sub" });
  assert.deepEqual(space.listing("sub"), ["usr/share/man/man1/a.1", "usr/share/man/man1/b.1"]);
});

test("a package is not split from itself", needsBusybox, async (t) => {
  const space = await workspace(t);
  space.write("melange-out/hello/x");
  assert.match(await space.run("{uses: split/dev}", { expect: 1 }), /cannot be split from itself/);
});

const host = { tools: "host" } as const;

for (const tools of ["busybox", "host"] as const) {
  const needs = tools === "host" ? skipWithout("patch", "bash") : needsBusybox;
  test(
    `patch with the tools of ${tools} applies a list in order and refuses names that the shell could read`,
    needs,
    async (t) => {
      const space = await workspace(t);
      const patchOf = (from: string, to: string): string => `--- a/file\n+++ b/file\n@@ -1 +1 @@\n-${from}\n+${to}\n`;
      space.write("file", "one\n");
      space.write("1.patch", patchOf("one", "two"));
      space.write("2.patch", patchOf("two", "three"));
      await space.run("{uses: patch, with: {patches: '1.patch 2.patch'}}", { tools });
      assert.equal(readFileSync(join(space.dir, "file"), "utf8"), "three\n");
      space.write("3.patch", patchOf("three", "four"));
      space.write("series", "# comment\n3.patch # why\n");
      await space.run("{uses: patch, with: {series: series}}", { tools });
      assert.equal(readFileSync(join(space.dir, "file"), "utf8"), "four\n");
      assert.match(
        await space.run("{uses: patch, with: {patches: '$(touch${IFS}owned)'}}", { tools, expect: 1 }),
        /character/,
      );
      assert.ok(!existsSync(join(space.dir, "owned")));
      assert.match(await space.run("{uses: patch}", { tools, expect: 1 }), /no patches/);
    },
  );
}

test("fetch verifies, tries again and unpacks", skipWithout("wget", "bash"), async (t) => {
  const space = await workspace(t);
  space.write("src/top/file", "content\n");
  const archive = spawnSync("tar", ["-cz", "-C", join(space.dir, "src"), "top"]).stdout;
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const sha512 = createHash("sha512").update(archive).digest("hex");
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    if (requests === 1) response.writeHead(503);
    response.end(requests === 1 ? "" : archive);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  const uri = `http://127.0.0.1:${String(typeof address === "object" ? address?.port : 0)}/a.tar.gz`;

  await space.run(
    `{uses: fetch, with: {uri: "${uri}", expected-sha256: ${sha256}, expected-sha512: ${sha512}, directory: out, delete: "true"}}`,
    host,
  );
  assert.equal(requests, 2);
  assert.equal(readFileSync(join(space.dir, "out/file"), "utf8"), "content\n");
  assert.ok(!existsSync(join(space.dir, "a.tar.gz")));
  const wrong = "0".repeat(64);
  assert.match(
    await space.run(`{uses: fetch, with: {uri: "${uri}", expected-sha256: "${wrong}"}}`, { ...host, expect: 1 }),
    /expected 0{64}, found/,
  );
  assert.match(await space.run(`{uses: fetch, with: {uri: "${uri}"}}`, { ...host, expect: 1 }), /no checksum/);
  await space.run(`{uses: fetch, with: {uri: "${uri}", expected-none: "true", extract: "false"}}`, host);
  assert.deepEqual(readFileSync(join(space.dir, "a.tar.gz")), archive);
});

test("git-checkout takes a tag or branch at the commit that is expected, and picks", skipWithout("git"), async (t) => {
  const space = await workspace(t);
  const git = (...args: string[]): string => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"];
    const { status, stdout, stderr } = spawnSync("git", [...identity, ...args], {
      cwd: join(space.dir, "origin"),
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout.trim();
  };
  const commit = (name: string): string => {
    space.write(`origin/${name}`, `${name}\n`);
    git("add", ".");
    git("commit", "-q", "-m", name);
    return git("rev-parse", "HEAD");
  };
  mkdirSync(join(space.dir, "origin"));
  git("init", "-q", "-b", "main");
  const first = commit("one");
  git("tag", "-a", "v1", "-m", "v1");
  const second = commit("two");
  git("checkout", "-q", "-b", "fixes");
  const fix = commit("fix");
  git("checkout", "-q", "main");
  const repository = `file://${join(space.dir, "origin")}`;
  const step = (options: string): string => `{uses: git-checkout, with: {repository: "${repository}", ${options}}}`;

  await space.run(step(`tag: v1, expected-commit: ${first}, destination: tag`));
  assert.deepEqual(visible(space, "tag"), ["one"]);
  assert.match(
    await space.run(step(`tag: v1, expected-commit: ${git("rev-parse", "v1")}, destination: object`)),
    /is the tag v1 itself/,
  );
  assert.match(
    await space.run(step(`tag: v1, expected-commit: ${second}, destination: wrong`), { expect: 1 }),
    /is at [0-9a-f]{40}, not at/,
  );
  assert.ok(!existsSync(join(space.dir, "wrong")));
  await space.run(step(`branch: main, expected-commit: ${first}, destination: branch`));
  assert.deepEqual(visible(space, "branch"), ["one"]);
  assert.match(
    await space.run(step(`branch: main, expected-commit: ${fix}, destination: off`), { expect: 1 }),
    /not on branch main/,
  );
  await space.run(
    step(
      `branch: main, expected-commit: ${second}, cherry-picks: "fixes/${fix}: needed # really\\n", destination: picked`,
    ),
  );
  assert.deepEqual(visible(space, "picked"), ["fix", "one", "two"]);
  await space.run(
    step(`branch: main, expected-commit: ${second}, cherry-picks: "fixes/${fix}: needed", destination: again`),
  );
  const headOf = (name: string): string =>
    spawnSync("git", ["rev-parse", "HEAD"], { cwd: join(space.dir, name), encoding: "utf8" }).stdout;
  assert.equal(headOf("picked"), headOf("again"));
  assert.match(await space.run(step("branch: main, tag: v1"), { expect: 1 }), /keep one/);
});

function visible(space: Workspace, name: string): readonly string[] {
  return readdirSync(join(space.dir, name))
    .filter((each) => each !== ".git")
    .sort();
}

test("python/import runs each statement", skipWithout("python3"), async (t) => {
  const space = await workspace(t);
  const output = await space.run(
    '{uses: python/import, with: {imports: "import os # c\\n\\n# x\\nfrom sys import path\\n"}}',
  );
  assert.match(output, /ok: import os\n.*ok: from sys import path/s);
  assert.match(
    await space.run("{uses: python/import, with: {import: no_such_module_here}}", { expect: 1 }),
    /failed: import/,
  );
});
