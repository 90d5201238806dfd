import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encodeIndex } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import { generateKey, loadSigningKey } from "./signing-key.ts";
import { lacking, packagesIn } from "./testing/corpora.ts";
import { temporaryFolder, testEntry, testFile, testPayload, writeTestPackage } from "./testing/packages.ts";

const alpine = "alpine-3.19-x86_64/apks/x86_64";
const skip =
  lacking(alpine) ||
  (process.arch !== "x64" ? "needs an x86_64 machine" : false) ||
  (process.getuid?.() !== 0 ? "needs root, as apk sets owners" : false) ||
  (spawnSync("tar", ["--version"]).error !== undefined ? "needs tar" : false);

/** A function that runs the real client, unpacked from its package with the libraries that it needs. */
async function apkClient(folder: string): Promise<(...args: readonly string[]) => string> {
  await mkdir(folder);
  const wanted = /\/(apk-tools|musl|libcrypto3|libssl3|zlib)-\d/;
  for (const path of packagesIn(alpine).filter((candidate) => wanted.test(candidate))) {
    execFileSync("tar", ["-C", folder, "-xzf", path], { stdio: "ignore" });
  }
  const loader = join(folder, "lib/ld-musl-x86_64.so.1");
  const libraries = `${join(folder, "lib")}:${join(folder, "usr/lib")}`;
  return (...args) => {
    const run = spawnSync(loader, ["--library-path", libraries, join(folder, "sbin/apk"), ...args], {
      encoding: "utf8",
    });
    return `${run.stdout}${run.stderr}exit ${String(run.status)}`;
  };
}

test("apk-tools 2.14 verifies our index and installs our packages", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const apk = await apkClient(join(folder, "client"));
  const repo = join(folder, "repo/x86_64");
  const keys = join(folder, "keys");
  const root = join(folder, "root");
  await Promise.all([mkdir(repo, { recursive: true }), mkdir(keys), mkdir(join(root, "etc/apk"), { recursive: true })]);
  await writeFile(join(root, "etc/apk/arch"), "x86_64\n");
  const { privatePem, publicPem } = await generateKey(2048);
  const key = await loadSigningKey(privatePem, { name: "ours.rsa.pub" });
  await writeFile(join(keys, "ours.rsa.pub"), publicPem);

  const long = `${"deep/".repeat(30)}name`.split("/");
  const folders = long.slice(0, -1).map((_, index) => long.slice(0, index + 1).join("/"));
  const extra = [
    ...folders.map((path) => ({ entry: testEntry({ path, type: "directory" }) })),
    testFile(long.join("/"), "long"),
    testFile("größe", "umlaut"),
  ];
  const paths = [
    await writeTestPackage(repo, { key, control: { depends: ["cmd:other"] }, entries: [...testPayload, ...extra] }),
    await writeTestPackage(repo, {
      key,
      control: { name: "other", arch: "noarch", depends: [], provides: ["cmd:other=1"] },
      entries: [testFile("other", "x")],
    }),
  ].map(({ path }) => path);
  const records = await indexPackages(paths, { arch: "x86_64" });
  await writeFile(join(repo, "APKINDEX.tar.gz"), await encodeIndex(records, { keys: [key], description: "ours" }));

  for (const path of paths) assert.match(apk("verify", "--keys-dir", keys, path), /: 0 - OK\nexit 0$/);
  const options = ["--root", root, "--keys-dir", keys, "--no-network", "--no-cache", "--initdb", "--no-scripts"];
  const output = apk("add", ...options, "-X", join(folder, "repo"), "hello");
  assert.match(output, /Installing other \(1.0-r0\)[^]*Installing hello \(1.0-r0\)[^]*OK: [^]*exit 0$/);
  assert.doesNotMatch(output, /WARNING|ERROR/);
  assert.equal(await readFile(join(root, "usr/bin/hello"), "utf8"), "#!/bin/sh\necho hello\n");
  assert.equal((await stat(join(root, "usr/bin/hi"))).ino, (await stat(join(root, "usr/bin/hello"))).ino);
  assert.equal((await stat(join(root, "usr/bin/hello"))).mode & 0o7777, 0o4755);
  assert.equal(await readFile(join(root, long.join("/")), "utf8"), "long");
  assert.equal(await readFile(join(root, "größe"), "utf8"), "umlaut");
  const sums = (await readFile(join(root, "lib/apk/db/installed"), "utf8")).match(/^Z:.*$/gm);
  assert.equal(sums?.length, 7);
});

test("apk-tools 2.14 refuses our packages and indexes under another key", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const apk = await apkClient(join(folder, "client"));
  const key = await loadSigningKey((await generateKey(2048)).privatePem, { name: "ours.rsa.pub" });
  await mkdir(join(folder, "keys"));
  await writeFile(join(folder, "keys/ours.rsa.pub"), (await generateKey(2048)).publicPem);
  const { path } = await writeTestPackage(folder, { key });
  assert.match(apk("verify", "--keys-dir", join(folder, "keys"), path), /BAD signature|UNTRUSTED/);
});
