import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { splitGzipMembers } from "@apkmill/archive";
import type { Ports } from "@apkmill/core";
import { fetchPackage, fetchPackages } from "./fetch-package.ts";
import { encodeIndex } from "./index-file.ts";
import { indexPackages, indexRecordOf } from "./index-packages.ts";
import { openPackageData, readPackageFile } from "./package-data.ts";
import type { IndexRecord } from "./package-info.ts";
import { openRepositories } from "./repositories.ts";
import type { Repository } from "./repository.ts";
import { temporaryFolder, testFile, testKey, testPorts, writeTestPackage } from "./testing/packages.ts";

const signer = testKey();

interface Fixture {
  readonly ports: Ports;
  readonly folder: string;
  readonly apk: string;
  readonly repository: Repository;
  readonly record: IndexRecord;
}

/** A directory repository with one signed package. */
async function fixture(t: TestContext): Promise<Fixture> {
  const folder = await temporaryFolder(t);
  const ports = await testPorts(t, folder);
  const { path: apk } = await writeTestPackage(join(folder, "repo", "x86_64"), { key: signer.key });
  const records = await indexPackages([apk], { arch: "x86_64", keyring: signer.keyring });
  await writeFile(
    join(folder, "repo", "x86_64", "APKINDEX.tar.gz"),
    await encodeIndex(records, { keys: [signer.key] }),
  );
  const [repository] = await openRepositories(ports, {
    locations: [join(folder, "repo")],
    keyring: signer.keyring,
    arch: "x86_64",
  });
  const record = repository?.records[0];
  assert.ok(repository !== undefined && record !== undefined);
  return { ports, folder, apk, repository, record };
}

test("a package is fetched into a blob under its datahash, and a fact with the rest", async (t) => {
  const { ports, apk, repository, record } = await fixture(t);
  const stored = await fetchPackage(ports, { record, repository });
  const [signature, control, data] = splitGzipMembers(await readFile(apk));
  assert.ok(signature !== undefined && control !== undefined && data !== undefined);
  assert.equal(stored.data.digest, `sha256:${stored.control.dataHash}`);
  assert.equal(stored.data.sizeBytes, data.raw.length);
  const dataPath = await ports.store.find(stored.data.digest);
  assert.ok(dataPath !== undefined);
  assert.equal(stored.apkSizeBytes, signature.raw.length + control.raw.length + data.raw.length);
  assert.ok((await readFile(dataPath)).equals(data.raw));
  assert.equal(stored.identity, record.checksum);
  assert.equal(stored.scripts.get("post-install")?.toString(), "#!/bin/sh\n");
  assert.equal(stored.contents.unpackedSizeBytes, data.content.length);
  assert.equal(stored.contents.entries.length, 7);
  assert.deepEqual(indexRecordOf(stored, stored.apkSizeBytes), record);
});

test("a second fetch needs neither the repository nor zlib and gives the same", async (t) => {
  const { ports, folder, repository, record } = await fixture(t);
  const cold = await fetchPackage(ports, { record, repository });
  await rm(join(folder, "repo"), { recursive: true });
  assert.deepEqual(await fetchPackage(ports, { record, repository }), cold);
});

test("a damaged store heals by fetching again", async (t) => {
  const { ports, repository, record } = await fixture(t);
  const cold = await fetchPackage(ports, { record, repository });
  const entries = await readdir(ports.store.root, { recursive: true, withFileTypes: true });
  const kept = entries.filter((entry) => entry.isFile() && /\/(blobs|facts)\b/.test(entry.parentPath));
  for (const { parentPath, name } of kept) {
    await writeFile(join(parentPath, name), "damaged");
    assert.deepEqual(await fetchPackage(ports, { record, repository }), cold, name);
    assert.notEqual(await ports.store.find(cold.data.digest), undefined);
  }
  assert.ok(kept.length >= 2);
});

test("what arrives must be what the index says", async (t) => {
  const { ports, folder, apk, repository, record } = await fixture(t);
  const good = await readFile(apk);
  const [signature, control] = splitGzipMembers(good);
  const controlStart = signature?.raw.length ?? 0;
  const dataStart = controlStart + (control?.raw.length ?? 0);
  const other = await writeTestPackage(join(folder, "other"), { entries: [testFile("x", "y")] });
  const flip = (offset: number): Buffer => {
    const changed = Buffer.from(good);
    changed[offset] = (changed[offset] ?? 0) ^ 0x40;
    return changed;
  };
  const rows: [string, Buffer, Partial<IndexRecord>, string][] = [
    ["one byte less", good.subarray(0, -1), {}, "APK_SIZE"],
    ["one byte more", Buffer.concat([good, Buffer.alloc(1)]), {}, "APK_SIZE"],
    ["nothing", Buffer.alloc(0), {}, "APK_SIZE"],
    ["another size in the index", good, { sizeBytes: record.sizeBytes + 1 }, "APK_SIZE"],
    ["another package", await readFile(other.path), { sizeBytes: other.sizeBytes }, "APK_IDENTITY"],
    ["a changed byte in the control section", flip(controlStart + 4), {}, "APK_IDENTITY"],
    ["a changed byte in the data section", flip(dataStart + 40), {}, "APK_DATA_HASH"],
    ["a changed byte in the last block", flip(good.length - 3), {}, "APK_DATA_HASH"],
    ["another name in the index", good, { name: "goodbye" }, "APK_IDENTITY"],
    ["no identity in the index", good, { checksum: "" }, "APK_IDENTITY"],
    [
      "what only begins as a v3 package",
      Buffer.concat([Buffer.from("ADBd"), good]).subarray(0, good.length),
      {},
      "APK_FORMAT",
    ],
    ["text", Buffer.alloc(good.length, "<html>"), {}, "APK_FORMAT"],
    ["no data section", good.subarray(0, dataStart), { sizeBytes: dataStart }, "APK_DATA_HASH"],
    ["a name that leaves the folder", good, { name: "../../hello" }, "APK_MISSING"],
  ];
  for (const [name, bytes, changes, code] of rows) {
    const wanted = { ...record, ...changes };
    const path = join(folder, "repo", "x86_64", `${wanted.name}-${wanted.version}.apk`);
    if (!wanted.name.includes("/")) await writeFile(path, bytes);
    await assert.rejects(fetchPackage(ports, { record: wanted, repository }), { code }, name);
  }
  await writeFile(apk, good);
  assert.equal((await fetchPackage(ports, { record, repository })).identity, record.checksum);
});

test("an index without sizes is enough", async (t) => {
  const { ports, repository, record } = await fixture(t);
  assert.equal((await fetchPackage(ports, { record: { ...record, sizeBytes: 0 }, repository })).control.name, "hello");
});

test("a noarch record is looked up in the folder that it names", async (t) => {
  const { ports, folder, apk, repository, record } = await fixture(t);
  const noarch = { ...record, arch: "noarch" };
  await assert.rejects(fetchPackage(ports, { record: noarch, repository }), { code: "APK_MISSING" });
  await mkdir(join(folder, "repo", "noarch"));
  await copyFile(apk, join(folder, "repo", "noarch", "hello-1.0-r0.apk"));
  assert.equal((await fetchPackage(ports, { record: noarch, repository })).control.name, "hello");
});

test("a list comes back in its order, and the first failure is the answer", async (t) => {
  const { ports, repository, record } = await fixture(t);
  const available = { record, repository };
  const stored = await fetchPackages(
    ports,
    Array.from({ length: 12 }, () => available),
  );
  assert.deepEqual([...new Set(stored.map(({ identity }) => identity))], [record.checksum]);
  assert.equal(stored.length, 12);
  const absent = {
    record: { ...record, name: "absent", checksum: `Q1${Buffer.alloc(20).toString("base64")}` },
    repository,
  };
  await assert.rejects(fetchPackages(ports, [available, absent, available]), { code: "APK_MISSING" });
  assert.deepEqual(await fetchPackages(ports, []), []);
});

test("the content of a stored package is read in archive order", async (t) => {
  const { ports, repository, record } = await fixture(t);
  const stored = await fetchPackage(ports, { record, repository });
  const read: string[] = [];
  for await (const { entry, content } of openPackageData(ports, stored)) {
    let text = "";
    for await (const chunk of content) text += Buffer.from(chunk).toString();
    read.push(entry.type === "file" ? `${entry.path}=${text}` : entry.path);
    assert.equal(stored.contents.entries[read.length - 1], entry);
  }
  assert.deepEqual(read, [
    "usr",
    "usr/bin",
    "usr/bin/hello=#!/bin/sh\necho hello\n",
    "usr/bin/hi",
    "usr/bin/hey",
    "usr/bin/empty=",
    "usr/share",
  ]);
});

test("a local file enters the store as a fetched one does", async (t) => {
  const { ports, apk, repository, record } = await fixture(t);
  const local = await readPackageFile(ports, apk, { keyring: signer.keyring });
  assert.deepEqual(await fetchPackage(ports, { record, repository }), local);
  await assert.rejects(readPackageFile(ports, apk, { keyring: testKey("x.rsa.pub").keyring }), {
    code: "APK_UNKNOWN_SIGNER",
  });
});
