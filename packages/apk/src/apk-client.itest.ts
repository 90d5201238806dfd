import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encodeIndex } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import type { SigningKey } from "./keys.ts";
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

test("apk-tools 2.14 follows our repository from one version to the next", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const apk = await apkClient(join(folder, "client"));
  const [repo, keys, root] = [join(folder, "repo"), join(folder, "keys"), join(folder, "root")];
  await Promise.all([
    mkdir(join(repo, "x86_64"), { recursive: true }),
    mkdir(keys),
    mkdir(join(root, "etc/apk"), { recursive: true }),
  ]);
  await writeFile(join(root, "etc/apk/arch"), "x86_64\n");
  const [signer, other] = await Promise.all([newKey("first.rsa.pub"), newKey("second.rsa.pub")]);
  const { key } = signer;
  await writeFile(join(keys, "first.rsa.pub"), signer.publicPem);
  const payload = (text: string) => [
    { entry: testEntry({ path: "etc", type: "directory" }) },
    testFile("etc/hello.conf", text),
    { entry: testEntry({ path: "usr", type: "directory" }) },
    testFile("usr/hello", text),
  ];
  const offer = async (version: string): Promise<void> => {
    const control = {
      version,
      depends: ["virtual"],
      provides: ["cmd:hello=1", "so:libhello.so.1=1.2"],
      replaces: ["other<2"],
    };
    const hello = await writeTestPackage(join(repo, "x86_64"), { key, control, entries: payload(version) });
    const more = {
      name: "helper",
      version,
      depends: [],
      provides: ["virtual"],
      providerPriority: 5,
      installIf: ["hello", "cmd:hello=1"],
    };
    const helper = await writeTestPackage(join(repo, "x86_64"), {
      key,
      control: more,
      entries: [testFile("helper", version)],
    });
    const records = await indexPackages([hello.path, helper.path], { arch: "x86_64" });
    const options = { keys: [key, other.key], description: "ours" };
    await writeFile(join(repo, "x86_64/APKINDEX.tar.gz"), await encodeIndex(records, options));
  };
  const common = ["--root", root, "--keys-dir", keys, "--no-network", "--no-cache", "-X", repo];
  const run = (...words: readonly string[]): string => {
    const output = apk(...common, ...words);
    assert.match(output, /exit 0$/, words.join(" "));
    assert.doesNotMatch(output, /WARNING|ERROR/);
    return output;
  };

  await offer("1.0-r0");
  run("--initdb", "--no-scripts", "add", "hello");
  assert.match(run("policy", "hello"), /1\.0-r0:\n {4}lib\/apk\/db\/installed\n {4}\S*\/repo/);
  assert.match(run("search", "-x", "--origin", "hello"), /hello/);
  assert.match(run("info", "-a", "hello"), /greets[^]*cmd:hello=1[^]*so:libhello\.so\.1=1\.2[^]*MIT/);
  assert.match(run("info", "--who-owns", "usr/hello"), /owned by hello-1\.0-r0/);
  assert.equal(run("audit", "--system"), "exit 0");
  await offer("1.1-r0");
  await writeFile(join(root, "etc/hello.conf"), "mine");
  assert.match(run("version"), /hello-1\.0-r0\s+< 1\.1-r0/);
  assert.match(
    run("--no-scripts", "upgrade"),
    /Upgrading helper \(1\.0-r0 -> 1\.1-r0\)[^]*Upgrading hello \(1\.0-r0 -> 1\.1-r0\)/,
  );
  assert.equal(await readFile(join(root, "etc/hello.conf.apk-new"), "utf8"), "1.1-r0");
  await writeFile(join(root, "usr/hello"), "broken");
  run("--no-scripts", "fix", "hello");
  assert.equal(await readFile(join(root, "usr/hello"), "utf8"), "1.1-r0");
  const fetched = join(folder, "fetched");
  await mkdir(fetched);
  run("fetch", "--output", fetched, "hello");
  assert.deepEqual(
    await readFile(join(fetched, "hello-1.1-r0.apk")),
    await readFile(join(repo, "x86_64/hello-1.1-r0.apk")),
  );
  run("--no-scripts", "del", "hello");
  assert.equal(run("info"), "exit 0");
});

async function newKey(name: string): Promise<{ readonly key: SigningKey; readonly publicPem: string }> {
  const { privatePem, publicPem } = await generateKey(2048);
  return { key: await loadSigningKey(privatePem, { name }), publicPem };
}

test("apk-tools 2.14 refuses our packages and indexes under another key", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const apk = await apkClient(join(folder, "client"));
  const key = await loadSigningKey((await generateKey(2048)).privatePem, { name: "ours.rsa.pub" });
  await mkdir(join(folder, "keys"));
  await writeFile(join(folder, "keys/ours.rsa.pub"), (await generateKey(2048)).publicPem);
  const { path } = await writeTestPackage(folder, { key });
  assert.match(apk("verify", "--keys-dir", join(folder, "keys"), path), /BAD signature|UNTRUSTED/);
});
