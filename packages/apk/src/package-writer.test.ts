import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createTarScanner, splitGzipMembers, type TarEntry } from "@apkmill/archive";
import type { PackageItem } from "./data-writer.ts";
import { parsePackageControl } from "./package-control.ts";
import { writePackage } from "./package-writer.ts";
import { temporaryFolder, testControl, testEntry, testFile, testKey, writeTestPackage } from "./testing/packages.ts";
import { verifyPackageFile } from "./verify-package.ts";

const signer = testKey();

function entriesOf(tar: Buffer): { readonly entries: TarEntry[]; readonly closed: boolean } {
  const entries: TarEntry[] = [];
  const scanner = createTarScanner(
    { onEntry: (entry) => entries.push(entry), onContent: () => undefined, onEnd: () => undefined },
    { dialect: "apk" },
  );
  scanner.push(tar);
  return { closed: scanner.end(), entries };
}

test("a package is a signature, a cut control section and a closed data section", async (t) => {
  const written = await writeTestPackage(await temporaryFolder(t), { key: signer.key });
  const bytes = await readFile(written.path);
  const [signature, control, data, ...more] = splitGzipMembers(bytes);
  assert.ok(signature !== undefined && control !== undefined && data !== undefined);
  assert.equal(more.length, 0);
  const sections = [signature, control, data].map(({ content }) => entriesOf(content));
  assert.deepEqual(
    sections.map(({ closed, entries }) => [closed, entries.map(({ path, mode }) => `${path} ${mode.toString(8)}`)]),
    [
      [false, [".SIGN.RSA256.test.rsa.pub 644"]],
      [false, [".PKGINFO 644", ".melange.yaml 644", ".post-install 755"]],
      [
        true,
        [
          "usr 755",
          "usr/bin 755",
          "usr/bin/hello 4755",
          "usr/bin/hi 4755",
          "usr/bin/hey 777",
          "usr/bin/empty 644",
          "usr/share 1777",
        ],
      ],
    ],
  );
  assert.equal(written.dataHash, createHash("sha256").update(data.raw).digest("hex"));
  assert.equal(written.identity, `Q1${createHash("sha1").update(control.raw).digest("base64")}`);
  assert.equal(written.sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.equal(written.sizeBytes, bytes.length);
  const info = parsePackageControl(control.content.toString("utf8", 512, 1024).replace(/\0.*/s, ""));
  assert.deepEqual(info, testControl({ dataHash: written.dataHash }));
});

test("files and symbolic links carry the SHA-1 that they have", async (t) => {
  const { path } = await writeTestPackage(await temporaryFolder(t));
  const data = splitGzipMembers(await readFile(path))[1]?.content ?? Buffer.alloc(0);
  assert.deepEqual(
    entriesOf(data).entries.map((entry) => [entry.path, entry.pax.get("APK-TOOLS.checksum.SHA1")?.slice(0, 6)]),
    [
      ["usr", undefined],
      ["usr/bin", undefined],
      ["usr/bin/hello", "9db6f0"],
      ["usr/bin/hi", undefined],
      ["usr/bin/hey", "aaf4c6"],
      ["usr/bin/empty", "da39a3"],
      ["usr/share", undefined],
    ],
  );
});

test("the same input gives the same bytes", async (t) => {
  const folder = await temporaryFolder(t);
  const one = await writeTestPackage(join(folder, "one"), { key: signer.key });
  const umask = process.umask(0o077);
  const two = await writeTestPackage(join(folder, "two"), { key: signer.key }).finally(() => process.umask(umask));
  assert.ok((await readFile(one.path)).equals(await readFile(two.path)));
});

test("content may be bytes, a stream or a function, large or small", async (t) => {
  const folder = await temporaryFolder(t);
  const large = Buffer.alloc(17 * 1024 * 1024, "apkmill ");
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < large.length; offset += 1 << 20) {
      await Promise.resolve();
      yield large.subarray(offset, offset + (1 << 20));
    }
  }
  const hashes = new Set<string>();
  for (const [name, content] of [
    ["bytes", large],
    ["stream", stream()],
    ["function", stream],
  ] as const) {
    const entries: PackageItem[] = [{ entry: testEntry({ path: "large", sizeBytes: large.length }), content }];
    const written = await writeTestPackage(join(folder, name), { entries });
    hashes.add(written.dataHash);
    assert.deepEqual(await readdir(join(folder, name)), ["hello-1.0-r0.apk"]);
  }
  assert.equal(hashes.size, 1);
});

test("a package without files is a package", async (t) => {
  const written = await writeTestPackage(await temporaryFolder(t), { entries: [], key: signer.key });
  assert.deepEqual((await verifyPackageFile(written.path, signer.keyring)).entries, []);
});

test("entries that apk would drop or misread are refused, and nothing is left behind", async (t) => {
  const folder = await temporaryFolder(t);
  const rows: [PackageItem[], string][] = [
    [[testFile("a/b", "x")], "APK_FORMAT"],
    [[{ entry: testEntry({ path: "l", type: "hardlink", linkPath: "x" }) }], "APK_FORMAT"],
    [[testFile("./a", "x")], "APK_UNSAFE_PATH"],
    [[testFile("a", "x", { uid: 3_000_000 })], "APK_FORMAT"],
    [[testFile("a", "x", { mtime: -1 })], "APK_FORMAT"],
    [[testFile("a", "x", { uname: "jürgen" })], "APK_FORMAT"],
    [[testFile("a", "x", { sizeBytes: 2 })], "APK_SIZE"],
  ];
  for (const [entries, code] of rows) {
    await assert.rejects(writeTestPackage(folder, { entries }), { code }, JSON.stringify(entries[0]?.entry.path));
  }
  assert.deepEqual(await readdir(folder), []);
});

test("a file that changes while it is packed is noticed", async (t) => {
  const folder = await temporaryFolder(t);
  let readings = 0;
  async function* content(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield Buffer.from((readings += 1) === 1 ? "one" : "two");
  }
  const entries = [{ entry: testEntry({ path: "a", sizeBytes: 3 }), content }];
  await assert.rejects(writePackage(join(folder, "x.apk"), { control: testControl(), entries, mtime: 0 }), {
    code: "APK_FILE_HASH",
  });
});
