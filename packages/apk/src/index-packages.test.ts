import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { indexPackages, mergeIndexes } from "./index-packages.ts";
import { temporaryFolder, testFile, testKey, writeTestPackage } from "./testing/packages.ts";

test("records are sorted by name, then version, whatever the order of the files", async (t) => {
  const folder = await temporaryFolder(t);
  const paths: string[] = [];
  for (const [name, version] of [
    ["b", "1-r0"],
    ["a", "10-r0"],
    ["a", "9-r0"],
    ["B", "1-r0"],
  ] as const) {
    paths.push((await writeTestPackage(folder, { control: { name, version } })).path);
  }
  const records = await indexPackages(paths);
  assert.deepEqual(
    records.map(({ name, version }) => `${name}-${version}`),
    ["B-1-r0", "a-9-r0", "a-10-r0", "b-1-r0"],
  );
  assert.deepEqual(await indexPackages(paths.toReversed()), records);
});

test("the record says what the package says", async (t) => {
  const written = await writeTestPackage(await temporaryFolder(t), { control: { installIf: ["a", "b"] } });
  const [record] = await indexPackages([written.path]);
  assert.equal(record?.checksum, written.identity);
  assert.equal(record.sizeBytes, written.sizeBytes);
  assert.deepEqual(record.installIf, ["a", "b"]);
  assert.deepEqual(record.provides, ["cmd:hello=1.0-r0"]);
});

test("noarch packages are listed under the folder's architecture, others are refused", async (t) => {
  const folder = await temporaryFolder(t);
  const noarch = await writeTestPackage(folder, { control: { name: "n", arch: "noarch" } });
  const arm = await writeTestPackage(folder, { control: { name: "m", arch: "aarch64" } });
  assert.equal((await indexPackages([noarch.path], { arch: "x86_64" }))[0]?.arch, "x86_64");
  assert.equal((await indexPackages([noarch.path]))[0]?.arch, "noarch");
  await assert.rejects(indexPackages([arm.path], { arch: "x86_64" }), { code: "INDEX_CONFLICT" });
});

test("two packages of one name and version are refused when they differ", async (t) => {
  const folder = await temporaryFolder(t);
  const one = await writeTestPackage(join(folder, "1"));
  const same = await writeTestPackage(join(folder, "2"));
  const other = await writeTestPackage(join(folder, "3"), { entries: [testFile("x", "y")] });
  assert.equal((await indexPackages([one.path, same.path])).length, 1);
  await assert.rejects(indexPackages([one.path, other.path]), { code: "INDEX_CONFLICT" });
});

test("a keyring makes signatures a condition", async (t) => {
  const signer = testKey();
  const written = await writeTestPackage(await temporaryFolder(t), { key: signer.key });
  assert.equal((await indexPackages([written.path], { keyring: signer.keyring })).length, 1);
  await assert.rejects(indexPackages([written.path], { keyring: testKey("o.rsa.pub").keyring }), {
    code: "APK_UNKNOWN_SIGNER",
  });
});

test("merging keeps what is there and prefers what is added", async (t) => {
  const folder = await temporaryFolder(t);
  const old = await indexPackages([(await writeTestPackage(join(folder, "1"))).path]);
  const rebuilt = await indexPackages([
    (await writeTestPackage(join(folder, "2"), { entries: [testFile("x", "y")] })).path,
    (await writeTestPackage(join(folder, "2"), { control: { name: "aaa" } })).path,
  ]);
  const merged = mergeIndexes(old, rebuilt);
  assert.deepEqual(
    merged.map(({ name }) => name),
    ["aaa", "hello"],
  );
  assert.equal(merged[1]?.checksum, rebuilt[1]?.checksum);
  assert.deepEqual(mergeIndexes(merged, []), merged);
});

test("only heads are read, unless packages are to be verified: then one that does not match its hashes is refused", async (t) => {
  const { path } = await writeTestPackage(await temporaryFolder(t));
  const bytes = await readFile(path);
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  await writeFile(path, bytes);
  assert.equal((await indexPackages([path])).length, 1);
  await assert.rejects(indexPackages([path], { verify: true }), {
    code: "APK_DATA_HASH",
    message: /hello-1\.0-r0\.apk/,
  });
});
