import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { encodeIndex, generateKey, indexPackages, loadSigningKey, writePackage, type SigningKey } from "@apkmill/apk";
import { main } from "../main.ts";

/** A repository that can be offered anew, a root, and the command line. */
interface Bench {
  readonly folder: string;
  readonly root: string;
  /** Writes these packages, `name-version`, with their files and what they need, and a signed index of just them. */
  readonly offer: (packages: Readonly<Record<string, Offered>>) => Promise<void>;
  /** `repo install` on the root, with `--json`. */
  readonly install: (...words: readonly string[]) => Promise<Answer>;
}

interface Offered {
  readonly files?: Readonly<Record<string, string>>;
  readonly depends?: readonly string[];
}

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly changes: readonly string[];
}

async function openBench(t: TestContext): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "repo-install-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { privatePem, publicPem } = await generateKey(2048);
  await writeFile(join(folder, "own.rsa.pub"), publicPem);
  const key = await loadSigningKey(privatePem, { name: "own.rsa.pub" });
  const root = join(folder, "root");
  return {
    folder,
    root,
    offer: (packages) => offer(folder, key, packages),
    install: (...words) => run(["repo", "install", "--root", root, "--cache-dir", join(folder, "store"), ...words]),
  };
}

async function run(argv: readonly string[]): Promise<Answer> {
  const output = { stdout: "", stderr: "" };
  const code = await main({
    argv: [...argv],
    env: { PATH: process.env["PATH"] },
    stdout: (text) => (output.stdout += text),
    stderr: (text) => (output.stderr += text),
    signal: new AbortController().signal,
  });
  return { code, ...output, changes: output.stdout.split("\n").filter((line) => line !== "") };
}

async function offer(folder: string, key: SigningKey, packages: Readonly<Record<string, Offered>>): Promise<void> {
  const paths: string[] = [];
  for (const [label, { files = {}, depends = [] }] of Object.entries(packages)) {
    const [, name = "", version = ""] = /^(.*)-(\d.*)$/.exec(label) ?? [];
    const path = join(folder, "repo/x86_64", `${label}.apk`);
    await writePackage(path, { control: { ...plain, name, version, depends }, entries: itemsOf(files), key, mtime: 0 });
    paths.push(path);
  }
  const records = await indexPackages(paths, { arch: "x86_64" });
  mkdirSync(join(folder, "repo/x86_64"), { recursive: true });
  await writeFile(join(folder, "repo/x86_64/APKINDEX.tar.gz"), await encodeIndex(records, { keys: [key] }));
}

const plain = {
  ...{ arch: "x86_64", description: "", url: "", license: "MIT", origin: "", maintainer: "", commit: "" },
  ...{ buildTime: 0, installedSizeBytes: 1, providerPriority: 0, depends: [], provides: [], installIf: [] },
  ...{ replaces: [], replacesPriority: 0, triggers: [] },
};

function itemsOf(files: Readonly<Record<string, string>>): Parameters<typeof writePackage>[1]["entries"] {
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root" };
  const entry = { ...owner, mode: 0o755, sizeBytes: 0, mtime: 0, linkPath: "", xattrs: new Map(), pax: new Map() };
  const folders = [...new Set(Object.keys(files).map((path) => path.slice(0, path.lastIndexOf("/"))))];
  return [
    ...folders.map((path) => ({ entry: { ...entry, path, type: "directory" as const } })),
    ...Object.entries(files).map(([path, text]) => {
      const content = Buffer.from(text);
      return { entry: { ...entry, path, type: "file" as const, mode: 0o644, sizeBytes: content.length }, content };
    }),
  ];
}

const first = {
  "app-1-r0": { files: { "etc/app": "1", "usr/app": "1" }, depends: ["lib"] },
  "lib-1-r0": { files: { "usr/lib": "1" } },
};
const second = {
  "app-2-r0": { files: { "etc/app": "2", "usr/app": "2" }, depends: ["lib"] },
  "lib-1-r0": { files: { "usr/lib": "1" } },
};

test("a root is laid, upgraded and emptied, with its own repositories and keys, and what was changed is kept", async (t) => {
  const { folder, root, offer: offerThese, install } = await openBench(t);
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  await offerThese(first);
  const sources = ["--arch", "x86_64", "-r", join(folder, "repo"), "-k", join(folder, "own.rsa.pub")];
  const laid = await install(...sources, "app");
  assert.equal(laid.code, 0, laid.stderr);
  assert.deepEqual(laid.changes, ["(1/2) Installing lib (1-r0)", "(2/2) Installing app (1-r0)"]);
  assert.ok(existsSync(join(root, "lib/apk/db/scripts.tar.gz")));

  await offerThese(second);
  writeFileSync(join(root, "etc/app"), "mine");
  const before = readdirSync(root, { recursive: true }).sort();
  const planned = await install("--upgrade", "--dry-run");
  assert.deepEqual(planned.changes, ["(1/1) Upgrading app (1-r0 -> 2-r0)"]);
  assert.deepEqual(readdirSync(root, { recursive: true }).sort(), before);
  assert.equal(read("usr/app"), "1");

  const upgraded = await install("--upgrade", "--json");
  assert.equal(upgraded.code, 0, upgraded.stderr);
  const { changes, installed, actions } = JSON.parse(upgraded.stdout) as Record<
    string,
    { kind: string; path: string }[]
  >;
  assert.deepEqual(changes, [{ kind: "upgrade", name: "app", version: "2-r0", from: "1-r0" }]);
  assert.deepEqual(installed, [{ package: "app-2-r0" }, { package: "lib-1-r0" }]);
  assert.ok(actions?.some(({ kind, path }) => kind === "keep" && path === "etc/app"));
  assert.deepEqual([read("usr/app"), read("etc/app"), read("etc/app.apk-new")], ["2", "mine", "2"]);

  const removed = await install("--remove", "app");
  assert.deepEqual(removed.changes, ["(1/2) Purging app (2-r0)", "(2/2) Purging lib (1-r0)"]);
  assert.deepEqual([read("etc/apk/world"), read("lib/apk/db/installed"), read("etc/app")], ["\n", "", "mine"]);
  assert.equal(existsSync(join(root, "usr")), false);
});

test("nothing is changed when there is no set of packages, or a file has two owners", async (t) => {
  const { folder, root, offer: offerThese, install } = await openBench(t);
  await offerThese({ ...first, "rival-1-r0": { files: { "usr/app": "rival" } } });
  const sources = ["--arch", "x86_64", "-r", join(folder, "repo"), "-k", join(folder, "own.rsa.pub")];
  await install(...sources, "app");
  const database = readFileSync(join(root, "lib/apk/db/installed"), "utf8");
  const none = await install("nonesuch");
  assert.equal(none.code, 1);
  assert.match(none.stderr, /APK_UNSATISFIABLE/);
  const conflict = await install("rival");
  assert.equal(conflict.code, 1);
  assert.match(conflict.stderr, /ROOTFS_CONFLICT/);
  assert.equal(readFileSync(join(root, "lib/apk/db/installed"), "utf8"), database);
  assert.equal(readFileSync(join(root, "usr/app"), "utf8"), "1");
  const kept = await install("--remove", "lib");
  assert.deepEqual([kept.code, kept.changes], [0, []]);
  assert.match(kept.stderr, /lib stays: it is needed by app/);
});

test("a manifest alone needs no root, and one of a change lists what it wrote", async (t) => {
  const { folder, offer: offerThese, install } = await openBench(t);
  await offerThese(first);
  const sources = ["--arch", "x86_64", "-r", join(folder, "repo"), "-k", join(folder, "own.rsa.pub")];
  const list = join(folder, "list");
  const alone = await run([
    "repo",
    "install",
    "--cache-dir",
    join(folder, "store"),
    "--manifest",
    list,
    ...sources,
    "lib",
  ]);
  assert.equal(alone.code, 0, alone.stderr);
  assert.match(readFileSync(list, "utf8"), /^f\t644\t0\t0\t1\t0\t\S+\t\.\/usr\/lib\t$/m);
  await install(...sources, "lib");
  await install("--manifest", list, "app");
  assert.match(readFileSync(list, "utf8"), /\.\/usr\/app\t/);
  assert.doesNotMatch(readFileSync(list, "utf8"), /\.\/usr\/lib\t/);
});

test("options that do not go together are refused", async (t) => {
  const { folder, install } = await openBench(t);
  for (const words of [
    [],
    ["--upgrade", "--remove", "a"],
    ["--purge", "a"],
    ["--remove"],
    ["--upgrade"],
    ["--remove", "a"],
  ]) {
    const refused = await install(...words);
    assert.equal(refused.code, 1, words.join(" "));
    assert.match(refused.stderr, /CLI_USAGE/);
  }
  mkdirSync(join(folder, "root"));
  writeFileSync(join(folder, "root/file"), "");
  assert.match((await install("a")).stderr, /ROOTFS_NOT_EMPTY/);
});
