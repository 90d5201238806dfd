import assert from "node:assert/strict";
import { cpSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { defaultLimits, silentLogger } from "@apkmill/core";
import { corpora, missing, openBench, type Bench } from "../testing/corpora.ts";
import { formatInstalled } from "../format-installed.ts";
import { encodeScripts } from "../scripts-tar.ts";
import { viewDisk } from "./disk-view.ts";
import { openRoot, type OpenRoot } from "./open-root.ts";
import { planChange } from "./plan-change.ts";

async function read(root: string, limits = defaultLimits): Promise<OpenRoot> {
  const env = { PATH: process.env["PATH"] };
  const ports = { env, signal: new AbortController().signal, limits, log: silentLogger };
  return (await openRoot(ports, root, { owners: "skip", reading: true })) ?? assert.fail("the root is empty");
}

/** A root with this text in its database, and these other files. */
async function rootWith(
  t: Parameters<typeof openBench>[0],
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const { folder }: Bench = await openBench(t);
  const root = join(folder, "root");
  for (const [path, content] of Object.entries({ "lib/apk/db/installed": "", ...files })) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

for (const [name, packages, scripts, triggers, folder] of [
  ["alpine-3.14-installed-db", 26, 9, 1, "lib/apk/db"],
  ["wolfi-image-installed-db", 23, 0, 0, "usr/lib/apk/db"],
] as const) {
  test(`${name} is read whole, and changed without loss`, { skip: missing(name) }, async (t) => {
    const { folder: bench } = await openBench(t);
    const root = join(bench, "root");
    cpSync(join(corpora, name), root, { recursive: true });
    const opened = await read(root);
    const bodies = [...opened.root.scripts.values()].flatMap((each) => [...each.values()]);
    assert.deepEqual(
      [opened.root.packages.length, bodies.length, opened.root.triggers.size, opened.root.databaseFolder],
      [packages, scripts, triggers, folder],
    );
    const [first, ...others] = opened.root.packages;
    const changes = [{ kind: "remove", name: first?.name ?? "" }] as const;
    const plan = planChange({ ...opened, changes, packages: [], accountFiles: new Map(), world: [], arch: "x86_64" });
    assert.equal(plan.installed.length, others.length);
    assert.deepEqual(new Set(plan.installed.map((each) => each.name)), new Set(others.map((each) => each.name)));
    assert.ok(formatInstalled(plan.installed).length > 1000);
  });
}

test("settings are read as apk finds them: of files of one name the first", async (t) => {
  const root = await rootWith(t, {
    "etc/apk/world": "b a@edge\n!c\n",
    "etc/apk/arch": "x86_64\naarch64\n",
    "etc/apk/repositories": "# main\nhttps://one.test\n\n  @edge https://two.test\n",
    "etc/apk/repositories.d/a.list": "https://three.test\n",
    "etc/apk/repositories.d/not": "https://no.test\n",
    "lib/apk/repositories.d/a.list": "https://no.test\n",
    "lib/apk/repositories.d/b.list": "https://four.test\n",
    "etc/apk/keys/k.rsa.pub": "first",
    "lib/apk/keys/k.rsa.pub": "second",
    "lib/apk/keys/l.rsa.pub": "third",
    "etc/apk/keys/.hidden": "no",
    "etc/apk/protected_paths.d/b.list": "two\n",
    "etc/apk/protected_paths.d/a.list": "one\n",
    "etc/passwd": "root:x:0:0::/:\n",
  });
  const { root: found, settings } = await read(root);
  assert.deepEqual(found.world, ["b", "a@edge", "!c"]);
  assert.deepEqual(found.archs, ["x86_64", "aarch64"]);
  assert.deepEqual(settings.repositories, [
    { file: "etc/apk/repositories", text: "# main\nhttps://one.test\n\n  @edge https://two.test\n" },
    { file: "etc/apk/repositories.d/a.list", text: "https://three.test\n" },
    { file: "lib/apk/repositories.d/b.list", text: "https://four.test\n" },
  ]);
  assert.deepEqual(settings.keys, [
    { name: "k.rsa.pub", pem: "first" },
    { name: "l.rsa.pub", pem: "third" },
  ]);
  assert.deepEqual(found.protectedPaths, ["one", "", "two", ""]);
  assert.deepEqual(found.accounts, { passwd: "root:x:0:0::/:\n" });
});

test("scripts are read in every form, and where apk 2 went on after apk 3 from both archives", async (t) => {
  const one = (name: string, checksum: string) => ({
    installed: { name, version: "1.2-r0", checksum, buildTime: 1 },
    scripts: new Map([["trigger", Buffer.from(name)]] as const),
  });
  const [a, b] = [`Q1${Buffer.alloc(20, 0xff).toString("base64")}`, `Q1${Buffer.alloc(20, 7).toString("base64")}`];
  const forms: readonly Record<string, Uint8Array>[] = [
    { "lib/apk/db/scripts.tar": encodeScripts([one("a", a), one("b", b)], "scripts.tar") },
    { "lib/apk/db/scripts.tar.gz": encodeScripts([one("a", a), one("b", b)], "scripts.tar.gz") },
    {
      "lib/apk/db/scripts.tar.gz": encodeScripts([one("a", a)], "scripts.tar.gz"),
      "lib/apk/db/scripts.tar": encodeScripts([one("b", b)], "scripts.tar"),
    },
  ];
  for (const files of forms) {
    const { root } = await read(await rootWith(t, files));
    assert.deepEqual(
      [a, b].map((identity) => Buffer.from(root.scripts.get(identity)?.get("trigger") ?? []).toString()),
      ["a", "b"],
    );
    assert.equal(root.scriptsForm, "lib/apk/db/scripts.tar" in files ? "scripts.tar" : "scripts.tar.gz");
  }
  assert.equal((await read(await rootWith(t, {}))).root.scriptsForm, "scripts.tar.gz");
});

test("a damaged or hostile database is refused", async (t) => {
  const nonsense = await rootWith(t, { "lib/apk/db/installed": "nonsense\n" });
  await assert.rejects(read(nonsense), { code: "ROOTFS_BAD_DATABASE" });
  const bomb = await rootWith(t, { "lib/apk/db/scripts.tar.gz": gzipSync(Buffer.alloc(4 << 20)) });
  await assert.rejects(read(bomb, { ...defaultLimits, indexBytes: 1 << 20 }), { code: "LIMIT_EXCEEDED" });
  const large = await rootWith(t, { "lib/apk/db/installed": "P:a\nV:1\n\n".repeat(200_000) });
  await assert.rejects(read(large, { ...defaultLimits, indexBytes: 1 << 20 }), { code: "LIMIT_EXCEEDED" });
});

test("settings are found through links inside the root, and nowhere else", async (t) => {
  const { folder } = await openBench(t);
  writeFileSync(join(folder, "secret"), "secret");
  const root = await rootWith(t, { "usr/share/keys/k.pub": "key", "usr/lib/apk/x": "" });
  mkdirSync(join(root, "etc/apk/keys"), { recursive: true });
  symlinkSync("/usr/share/keys/k.pub", join(root, "etc/apk/keys/a.pub"));
  symlinkSync("../../../usr/share/keys/k.pub", join(root, "etc/apk/keys/b.pub"));
  symlinkSync("../../../../../secret", join(root, "etc/apk/keys/c.pub"));
  symlinkSync(join(folder, "secret"), join(root, "etc/apk/keys/d.pub"));
  symlinkSync("e.pub", join(root, "etc/apk/keys/e.pub"));
  symlinkSync(folder, join(root, "etc/apk/repositories.d"));
  const { settings } = await read(root);
  assert.deepEqual(
    settings.keys.map(({ name, pem }) => [name, pem]),
    [
      ["a.pub", "key"],
      ["b.pub", "key"],
    ],
  );
});

test("what stands on the disk is seen as it is", async (t) => {
  const root = await rootWith(t, { f: "text" });
  symlinkSync("nowhere", join(root, "l"));
  const view = viewDisk(root);
  assert.equal(view.at("f")?.type, "file");
  assert.equal(view.digestOf("f", "sha1"), "372ea08cab33e71c02c651dbc83a474d32c676ea");
  assert.deepEqual(
    [view.at("l")?.type, view.at("l")?.linkPath, view.digestOf("l", "sha1")],
    ["symlink", "nowhere", ""],
  );
  assert.deepEqual(
    [view.at("none"), view.at("f/below"), view.namesIn("f"), view.namesIn("")],
    [undefined, undefined, [], ["f", "l", "lib"]],
  );
  const device = viewDisk("/dev").at("null");
  assert.deepEqual([device?.type, device?.device], ["character", { major: 1, minor: 3 }]);
  assert.equal(lstatSync(join(root, "f")).isFile(), true);
});
