import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { normalizeIdentity } from "./identity.ts";
import { splitIndexText } from "./index-entries.ts";
import { formatIndexText, formatRecord, parseIndexText } from "./index-text.ts";
import { readIndex, requireIndexSigner } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import { loadKeyring } from "./keyring.ts";
import { isFileNamePart } from "./package-control.ts";
import { alpineKeys, corpora, lacking, packagesIn } from "./testing/corpora.ts";
import { temporaryFolder, testPorts } from "./testing/packages.ts";
import { openTextIndex } from "./text-index.ts";
import { updateIndex } from "./update-index.ts";
import { verifyPackageFile } from "./verify-package.ts";

const alpine = "alpine-3.19-x86_64/apks/x86_64";
const cache = "alpine-3.19-x86_64/cache";
const arm = "alpine-3.13-aarch64/apks/aarch64";
const keyless = { keys: new Map() };

test("every package of Alpine 3.19 is good, to the last file", { skip: lacking(alpine, cache) }, async () => {
  const keyring = await alpineKeys(alpine);
  const paths = [...packagesIn(alpine), ...packagesIn(cache)];
  const entries = await verifyAll(paths, (path) => verifyPackageFile(path, keyring));
  assert.deepEqual([paths.length, entries], [195, 9028]);
});

test("every package of Alpine 3.13 for aarch64 is good", { skip: lacking(arm) }, async () => {
  const keyring = await alpineKeys(arm);
  const paths = packagesIn(arm);
  const entries = await verifyAll(paths, (path) => verifyPackageFile(path, keyring));
  assert.deepEqual([paths.length, entries], [65, 3297]);
});

async function verifyAll(
  paths: readonly string[],
  verify: (path: string) => Promise<{ readonly entries: readonly unknown[] }>,
): Promise<number> {
  let total = 0;
  for (let start = 0; start < paths.length; start += 4) {
    const verified = await Promise.all(paths.slice(start, start + 4).map(verify));
    total += verified.reduce((sum, { entries }) => sum + entries.length, 0);
  }
  return total;
}

test("our index records of Alpine's packages are those of Alpine's index", { skip: lacking(alpine) }, async () => {
  const keyring = await alpineKeys(alpine);
  const index = readIndex(await readFile(join(corpora, alpine, "APKINDEX.tar.gz")));
  const theirs = new Map(index.records.map((record) => [record.name, record]));
  const ours = await indexPackages(packagesIn(alpine), { arch: "x86_64", keyring });
  assert.equal(ours.length, 100);
  for (const record of ours) assert.deepEqual(record, theirs.get(record.name), record.name);
});

test("and so are those of the other architecture", { skip: lacking(arm) }, async () => {
  const index = readIndex(await readFile(join(corpora, arm, "APKINDEX.tar.gz")));
  assert.match(requireIndexSigner(index, await alpineKeys(arm), "index"), /^alpine-devel@/);
  const theirs = new Map(index.records.map((record) => [record.name, record]));
  const ours = await indexPackages(packagesIn(arm), { arch: "aarch64" });
  assert.equal(ours.length, 65);
  for (const record of ours) assert.deepEqual(record, theirs.get(record.name), record.name);
});

test(
  "one package more in the index of a release leaves all other records as they were",
  { skip: lacking(cache) },
  async () => {
    const bytes = await readFile(join(corpora, cache, "APKINDEX.be78cdff.tar.gz"));
    const [path = ""] = packagesIn(cache);
    const [record] = await indexPackages([path]);
    assert.ok(record !== undefined);
    const updated = await updateIndex({ existing: { bytes, what: "community" }, added: [record] });
    const textsIn = (file: Buffer): string[] =>
      splitIndexText(openTextIndex(file, defaultLimits, "index").text, "index", defaultLimits).map(({ text }) => text);
    assert.deepEqual(textsIn(updated.bytes).sort(), [...textsIn(bytes), formatRecord(record)].sort());
    assert.equal(updated.packages, 17_588);
  },
);

test(
  "the full indexes of a release are read, and their signatures are good",
  { skip: lacking(cache, alpine) },
  async () => {
    const keyring = await alpineKeys(alpine);
    for (const [name, count] of [
      ["APKINDEX.b2c94760.tar.gz", 5443],
      ["APKINDEX.be78cdff.tar.gz", 17_587],
    ] as const) {
      const index = readIndex(await readFile(join(corpora, cache, name)));
      assert.equal(index.records.length, count);
      assert.match(requireIndexSigner(index, keyring, name), /^alpine-devel@/);
      assert.deepEqual(parseIndexText(formatIndexText(index.records)), index.records);
      for (const { name: packageName, version, checksum } of index.records) {
        assert.ok(isFileNamePart(packageName) && isFileNamePart(version), packageName);
        assert.equal(normalizeIdentity(checksum, packageName), checksum);
      }
    }
  },
);

test(
  "Wolfi's packages are intact or named as changed, and their signer is unknown here",
  { skip: lacking("wolfi-signed") },
  async () => {
    const verdicts: Record<string, string> = {};
    for (const path of packagesIn("wolfi-signed")) {
      await assert.rejects(verifyPackageFile(path, keyless), { code: "APK_UNKNOWN_SIGNER" });
      verdicts[path.slice(path.lastIndexOf("/") + 1)] = await verifyPackageFile(path, keyless, undefined, {
        allowUntrusted: true,
      }).then(
        ({ control }) => control.name,
        (error: unknown) => (isEngineError(error) ? error.code : String(error)),
      );
    }
    // The data of two of them was cut down by whoever published them as samples: their datahash says so.
    assert.deepEqual(verdicts, {
      "aws-c-s3-0.4.9-r0.apk": "APK_DATA_HASH",
      "kubeflow-pipelines-2.1.3-r7.apk": "kubeflow-pipelines",
      "libcap-2.69-r0.apk": "libcap",
      "neon-4604-r0.apk": "APK_DATA_HASH",
    });
  },
);

test(
  "a package that another distribution published again is verified with the key that it names",
  { skip: lacking("wolfi-signed", alpine) },
  async () => {
    const path = join(corpora, "wolfi-signed/rsa256-signed/alpine-baselayout-3.2.0-r23.apk");
    const { signer } = await verifyPackageFile(path, await alpineKeys(alpine));
    assert.equal(signer, "alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub");
  },
);

test("an RSA256 signature of an index is good", { skip: lacking("wolfi-signed") }, async (t) => {
  const folder = join(corpora, "wolfi-signed/rsa256-signed");
  const ports = await testPorts(t, await temporaryFolder(t));
  const keyring = await loadKeyring(ports, [folder]);
  const index = readIndex(await readFile(join(folder, "APKINDEX.tar.gz")));
  assert.equal(requireIndexSigner(index, keyring, "index"), "test-rsa256.rsa.pub");
});

test("of three signatures on one index any known key will do", { skip: lacking("wolfi-signed") }, async (t) => {
  const folder = join(corpora, "wolfi-signed/signing");
  const ports = await testPorts(t, await temporaryFolder(t));
  const index = readIndex(await readFile(join(folder, "APKINDEX.tar.gz")));
  assert.equal(index.signatures.length, 3);
  for (const name of await readdir(join(folder, "keys"))) {
    const keyring = await loadKeyring(ports, [join(folder, "keys", name)]);
    assert.equal(requireIndexSigner(index, keyring, "index"), name);
    const inline = await loadKeyring(ports, [await readFile(join(folder, "keys", name), "utf8")]);
    assert.match(requireIndexSigner(index, inline, "index"), /^inline-/);
  }
});
