import assert from "node:assert/strict";
import { chmod, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { splitGzipMembers } from "@apkmill/archive";
import { encodeIndex, readIndex, requireIndexSigner } from "./index-file.ts";
import { parseIndexText } from "./index-text.ts";
import { indexSigners, signIndex, signPackage } from "./sign-files.ts";
import { temporaryFolder, testKey, writeTestPackage } from "./testing/packages.ts";
import { verifyPackageFile } from "./verify-package.ts";

const first = testKey("first.rsa.pub");
const second = testKey("second.rsa.pub");
const third = testKey("third.rsa.pub");

test("signing anew changes the signature and nothing else", async (t) => {
  const folder = await temporaryFolder(t);
  const { path, identity, dataHash } = await writeTestPackage(folder);
  const content = await readFile(path);
  for (const { key, keyring } of [first, second]) {
    await signPackage(path, key);
    const verified = await verifyPackageFile(path, keyring);
    assert.deepEqual([verified.signer, verified.identity, verified.control.dataHash], [key.name, identity, dataHash]);
    const [signature, ...rest] = splitGzipMembers(await readFile(path));
    assert.ok(Buffer.concat(rest.map(({ raw }) => raw)).equals(content));
    assert.ok((signature?.raw.length ?? 0) > 0);
  }
  await assert.rejects(verifyPackageFile(path, first.keyring), { code: "APK_UNKNOWN_SIGNER" });
  assert.deepEqual(await readdir(folder), ["hello-1.0-r0.apk"]);
});

test("a signed package has the bytes that writing it signed would have given", async (t) => {
  const folder = await temporaryFolder(t);
  const { path } = await writeTestPackage(join(folder, "a"));
  await signPackage(path, first.key);
  const { path: expected } = await writeTestPackage(join(folder, "b"), { key: first.key });
  assert.ok((await readFile(path)).equals(await readFile(expected)));
});

test("several keys sign at once, and older signatures stay when they are to be kept", async (t) => {
  const { path, identity } = await writeTestPackage(await temporaryFolder(t), { key: first.key });
  await signPackage(path, [second.key, third.key], undefined, { keep: true });
  for (const { key, keyring } of [first, second, third]) {
    assert.equal((await verifyPackageFile(path, keyring)).signer, key.name);
  }
  await signPackage(path, [second.key, first.key], undefined, { keep: true });
  const { signatures, identity: now } = await verifyPackageFile(path, first.keyring);
  assert.deepEqual(
    signatures.map(({ keyName }) => keyName),
    ["second.rsa.pub", "first.rsa.pub", "third.rsa.pub"],
  );
  assert.equal(now, identity);
  await signPackage(path, third.key);
  await assert.rejects(verifyPackageFile(path, first.keyring), { code: "APK_UNKNOWN_SIGNER" });
});

test("a signed file keeps its mode", async (t) => {
  const { path } = await writeTestPackage(await temporaryFolder(t));
  await chmod(path, 0o640);
  await signPackage(path, first.key);
  assert.equal((await stat(path)).mode & 0o777, 0o640);
});

test("files of the v3 format are not signed", async (t) => {
  const path = join(await temporaryFolder(t), "x.apk");
  await writeFile(path, "ADBd....");
  await assert.rejects(signPackage(path, first.key), { code: "APK_UNSUPPORTED" });
  await assert.rejects(signIndex(path, first.key), { code: "APK_UNSUPPORTED" });
});

test("a damaged package is not signed", async (t) => {
  const folder = await temporaryFolder(t);
  const { path } = await writeTestPackage(folder);
  const bytes = await readFile(path);
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  await writeFile(path, bytes);
  await assert.rejects(signPackage(path, first.key), { code: "APK_DATA_HASH" });
  assert.ok((await readFile(path)).equals(bytes));
});

test("an index is signed anew without changing what it lists", async (t) => {
  const path = join(await temporaryFolder(t), "APKINDEX.tar.gz");
  const plain = await encodeIndex(parseIndexText("C:Q1\nP:a\nV:1\n"));
  await writeFile(path, plain);
  for (const { key, keyring } of [first, second]) {
    await signIndex(path, key);
    const index = readIndex(await readFile(path));
    assert.equal(requireIndexSigner(index, keyring, "index"), key.name);
    assert.ok(index.format === "v2" && index.signed.equals(plain));
    assert.equal(index.signatures.length, 1);
  }
});

test("an index is signed by several keys, keeping others where asked", async (t) => {
  const path = join(await temporaryFolder(t), "APKINDEX.tar.gz");
  await writeFile(path, await encodeIndex(parseIndexText("C:Q1\nP:a\nV:1\n")));
  assert.deepEqual(await indexSigners(path), []);
  await signIndex(path, first.key);
  await signIndex(path, [second.key, third.key], undefined, { keep: true });
  assert.deepEqual(await indexSigners(path), ["second.rsa.pub", "third.rsa.pub", "first.rsa.pub"]);
  const index = readIndex(await readFile(path));
  for (const { key, keyring } of [first, second, third])
    assert.equal(requireIndexSigner(index, keyring, "i"), key.name);
});
