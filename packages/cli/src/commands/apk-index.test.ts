import assert from "node:assert/strict";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readIndex } from "@apkmill/apk";
import { jsonLines, runCommand, temporaryFolder, type Ran } from "../testing/run-command.ts";
import { writeHello } from "../testing/write-package.ts";

interface Workspace {
  readonly folder: string;
  readonly packages: string;
  readonly index: string;
  readonly run: (...argv: readonly string[]) => Promise<Ran>;
  /** The names and versions that the index lists. */
  readonly listed: () => Promise<string[]>;
}

async function workspace(t: TestContext): Promise<Workspace> {
  const folder = await temporaryFolder(t);
  const packages = join(folder, "x86_64");
  const index = join(packages, "APKINDEX.tar.gz");
  await mkdir(packages);
  return {
    folder,
    packages,
    index,
    run: (...argv) => runCommand(folder, ["apk", "index", ...argv]),
    listed: async () => readIndex(await readFile(index)).records.map(({ name, version }) => `${name}-${version}`),
  };
}

test("a folder is indexed where it stands", async (t) => {
  const { packages, listed, run } = await workspace(t);
  await writeHello(packages, { name: "b" });
  await writeHello(packages, { name: "a", version: "10-r0" });
  await writeHello(packages, { name: "a", version: "9-r0" });
  const { status, stdout } = await run(packages, "--description", "ours");
  assert.equal(status, 0, stdout);
  assert.deepEqual(await listed(), ["a-9-r0", "a-10-r0", "b-1.0-r0"]);
});

test("merging reads the packages that are given and no others", async (t) => {
  const { packages, index, listed, run } = await workspace(t);
  const { path: old } = await writeHello(packages, { name: "old" });
  await run(packages, "--description", "ours");
  await writeFile(old, "no longer a package");
  const { path } = await writeHello(packages, { name: "new" });
  const { status, stdout } = await run("--merge", "-o", index, path, "--json");
  assert.equal(status, 0, stdout);
  const { new: added, changed } = jsonLines(stdout)[0] ?? {};
  assert.deepEqual([added, changed], [["new-1.0-r0"], true]);
  assert.deepEqual(await listed(), ["new-1.0-r0", "old-1.0-r0"]);
  assert.equal(readIndex(await readFile(index)).description, "ours");
});

test("merging into an index that is not there yet begins with nothing, and with a source that is not is refused", async (t) => {
  const { packages, index, listed, run } = await workspace(t);
  const { path } = await writeHello(packages);
  assert.equal((await run("-m", "-o", index, path)).status, 0);
  assert.deepEqual(await listed(), ["hello-1.0-r0"]);
  assert.match((await run("-m", "-s", join(packages, "absent"), "-o", index, path)).stderr, /FILE_UNREADABLE/);
  assert.match((await run()).stderr, /CLI_USAGE/);
});

test("an index that would not change is not written", async (t) => {
  const { packages, index, run } = await workspace(t);
  const { path } = await writeHello(packages);
  await run(packages);
  const before = await stat(index);
  const { stdout } = await run("--merge", "-o", index, path);
  assert.match(stdout, /unchanged/);
  assert.deepEqual([(await stat(index)).ino, (await stat(index)).mtimeMs], [before.ino, before.mtimeMs]);
});

test("a package that is not the one that is listed is refused by name, and listed when told to replace it", async (t) => {
  const { packages, index, listed, run } = await workspace(t);
  const { path } = await writeHello(packages);
  await run(packages);
  const before = await readFile(index);
  await writeHello(packages, { commit: "another" });
  const refused = await run("--merge", "-o", index, path, "--json");
  assert.equal(refused.status, 1);
  const { error } = jsonLines(refused.stdout)[0] as { error: { code: string; context: unknown } };
  assert.deepEqual([error.code, error.context], ["INDEX_CONFLICT", { package: "hello-1.0-r0" }]);
  assert.ok((await readFile(index)).equals(before));
  assert.equal((await run("--merge", "--replace", "-o", index, path)).status, 0);
  assert.deepEqual(await listed(), ["hello-1.0-r0"]);
  assert.ok(!(await readFile(index)).equals(before));
});

test("records go with their packages, when asked for", async (t) => {
  const { packages, index, listed, run } = await workspace(t);
  const { path } = await writeHello(packages, { version: "1-r0" });
  await writeHello(packages, { version: "2-r0" });
  await run(packages);
  await rm(path);
  await run("--merge", "-o", index);
  assert.deepEqual(await listed(), ["hello-1-r0", "hello-2-r0"]);
  const { stdout } = await run("--merge", "--prune", "-o", index, "--json");
  assert.deepEqual(jsonLines(stdout)[0]?.["removed"], ["hello-1-r0"]);
  assert.deepEqual(await listed(), ["hello-2-r0"]);
});

test("architectures: noarch is listed under the folder's, others are refused, or all are rewritten", async (t) => {
  const { packages, index, run } = await workspace(t);
  const { path } = await writeHello(packages, { arch: "noarch" });
  const archs = async (): Promise<string[]> => readIndex(await readFile(index)).records.map(({ arch }) => arch);
  assert.match((await run(packages)).stderr, /1 package in the folder noarch .* --arch/);
  assert.deepEqual(await archs(), ["noarch"]);
  assert.doesNotMatch((await run(packages, "--arch", "x86_64")).stderr, /noarch/);
  assert.deepEqual(await archs(), ["x86_64"]);
  await run(packages, "--rewrite-arch", "riscv64");
  assert.deepEqual(await archs(), ["riscv64"]);
  await writeHello(packages, { name: "arm", arch: "aarch64" });
  assert.match((await run(packages, "--arch", "x86_64")).stderr, /INDEX_CONFLICT/);
  assert.equal((await run(path, join(packages, "arm-1.0-r0.apk"), "-o", index, "--rewrite-arch", "x86_64")).status, 0);
  assert.deepEqual(await archs(), ["x86_64", "x86_64"]);
});

test("packages are read whole when they are to be verified", async (t) => {
  const { packages, run } = await workspace(t);
  const { path } = await writeHello(packages);
  await writeFile(path, (await readFile(path)).subarray(0, -30));
  assert.equal((await run(packages)).status, 0);
  assert.match((await run(packages, "--verify")).stderr, /hello-1\.0-r0\.apk: .*\[APK_DATA_HASH\]/);
});

test("it says what clients would stumble over: other file names, and a signature that is lost", async (t) => {
  const { folder, packages, index, run } = await workspace(t);
  const key = join(folder, "acme.rsa");
  await runCommand(folder, ["apk", "keygen", "--key-size", "2048", key]);
  const { path } = await writeHello(packages);
  await rename(path, join(packages, "hello.apk"));
  const { stderr } = await run(packages, "--signing-key", key);
  assert.match(stderr, /under other names than their files have, such as hello-1\.0-r0\.apk/);
  assert.match((await run("--merge", "-o", index)).stderr, /was signed by acme\.rsa\.pub, and is not signed any more/);
});

test("an index to begin with that a key at hand claims, but did not sign, is not signed anew", async (t) => {
  const { folder, packages, index, run } = await workspace(t);
  const key = join(folder, "acme.rsa");
  await runCommand(folder, ["apk", "keygen", "--key-size", "2048", key]);
  const { path } = await writeHello(packages);
  await run(packages, "--signing-key", key);
  const signed = await readFile(index);
  await run(packages, "--description", "another");
  const plain = await readFile(index);
  const forged = Buffer.concat([signed.subarray(0, signed.indexOf(Buffer.from([0x1f, 0x8b]), 10)), plain]);
  await writeFile(index, forged);
  const { stderr } = await run("--merge", "-o", index, "--signing-key", key, path);
  assert.match(stderr, /INDEX_BAD_SIGNATURE/);
});
