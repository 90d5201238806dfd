import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { readFile, rm, stat } from "node:fs/promises";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { createTarScanner } from "@apkmill/archive";
import { hexOf } from "@apkmill/core";
import { describePackageFile } from "../describe-package.ts";
import { shortIdentity } from "../identity.ts";
import { openPackageData, readPackageFile } from "../package-data.ts";
import { findPackage } from "../package-store.ts";
import { adbKeyring, richPackage, writeAdb } from "../testing/adb-packages.ts";
import {
  encodeAdbPackage,
  encodePackageParts,
  linkTarget,
  wrap,
  wrappings,
  type TestAdbFile,
} from "../testing/adb-writer.ts";
import { temporaryFolder, testPorts } from "../testing/packages.ts";
import { verifyPackageFile } from "../verify-package.ts";

test("all that a package says is read, in every compression", async (t) => {
  for (const wrapping of wrappings) {
    const path = await writeAdb(t, wrap(encodeAdbPackage(richPackage), wrapping));
    const { format, control, scripts, signer } = await verifyPackageFile(path, adbKeyring);
    assert.deepEqual([format, signer], ["v3", "test.pem"]);
    assert.deepEqual(control, {
      name: "hello",
      version: "1.0-r0",
      arch: "x86_64",
      description: "greets loudly",
      url: "https://example.org",
      license: "MIT",
      origin: "hello-origin",
      maintainer: "Me <me@example.org>",
      commit: "c0ffee".padEnd(40, "0"),
      buildTime: 1_700_000_001,
      installedSizeBytes: 12345,
      providerPriority: 10,
      depends: ["musl>=1.2", "!bad"],
      provides: ["cmd:hello=1.0-r0"],
      installIf: ["base", "docs"],
      replaces: ["old<2"],
      replacesPriority: 5,
      triggers: ["/usr/bin", "/usr/share/*"],
      dataHash: "",
      recommends: ["nice"],
      layer: 1,
      tags: ["free", "words"],
    });
    assert.deepEqual(
      Array.from(scripts, ([name, body]) => [name, Buffer.from(body).toString()]),
      [
        ["post-install", "#!/bin/sh\npost"],
        ["post-upgrade", "#!/bin/sh\nupgraded"],
        ["trigger", "#!/bin/sh\ntrigger"],
      ],
    );
  }
});

test("its entries are those of a tar: parents first, links behind their targets", async (t) => {
  const { entries, unpackedSizeBytes } = await describePackageFile(await writeAdb(t, encodeAdbPackage(richPackage)));
  assert.deepEqual(
    entries.map(({ path, type, mode, uname, uid, gname, sizeBytes, linkPath }) =>
      [path, type, mode.toString(8), `${uname}=${String(uid)}:${gname}`, sizeBytes, linkPath].join(" "),
    ),
    [
      "top file 644 root=0:root 3 ",
      "dev directory 755 root=0:root 0 ",
      "dev/block block 660 root=0:disk 0 ",
      "dev/char character 644 root=0:root 0 ",
      "dev/fifo fifo 644 root=0:root 0 ",
      "usr directory 755 root=0:root 0 ",
      "usr/bin directory 1777 games=65534:tty 0 ",
      "usr/bin/empty file 644 root=0:root 0 ",
      "usr/bin/hello file 4755 root=0:root 10 ",
      "usr/bin/hey symlink 777 root=0:root 0 hello",
      "usr/bin/hi hardlink 4755 root=0:root 0 usr/bin/hello",
      "usr/lib directory 755 root=0:root 0 ",
      "usr/lib/tool file 644 root=0:root 400000 ",
      "usr/bin/alias hardlink 644 root=0:root 0 usr/lib/tool",
    ],
  );
  const at = new Map(entries.map((entry) => [entry.path, entry]));
  assert.deepEqual(at.get("dev/block")?.device, { major: 8, minor: 1 });
  assert.deepEqual(at.get("dev/char")?.device, { major: 0x1234, minor: 0x567 });
  assert.deepEqual(at.get("usr/bin/hello")?.xattrs, new Map([["user.colour", Uint8Array.from([1, 255])]]));
  assert.deepEqual([at.get("usr")?.mtime, at.get("top")?.mtime], [1_700_000_001, 1_700_000_000]);
  const sums = (path: string): unknown => [at.get(path)?.sha1, at.get(path)?.sha256];
  const tool = "tool".repeat(100_000);
  assert.deepEqual(sums("usr/lib/tool"), [hash("sha1", tool), hash("sha256", tool)]);
  assert.deepEqual(sums("usr/bin/alias"), [hash("sha1", tool), ""]);
  assert.deepEqual(sums("usr/bin/hey"), [hash("sha1", "hello"), ""]);
  assert.deepEqual(sums("usr/bin/empty"), [hash("sha1", ""), hash("sha256", "")]);
  assert.ok(unpackedSizeBytes > 400_000);
});

test("in the store it is as a v2 package is: a data section, its facts, and no way to tell the compression", async (t) => {
  const container = encodeAdbPackage(richPackage);
  const path = await writeAdb(t, wrap(container, "deflate"));
  const { store, limits } = await testPorts(t, await temporaryFolder(t));
  const stored = await readPackageFile({ store, limits }, path, { keyring: adbKeyring });
  assert.deepEqual([stored.format, stored.apkSizeBytes], ["v3", (await stat(path)).size]);
  const section = await readFile((await store.find(stored.data.digest)) ?? "");
  const tar = gunzipSync(section);
  assert.equal(hexOf(stored.contents.diffId), hash("sha256", tar));
  assert.equal(stored.contents.unpackedSizeBytes, tar.length);
  const listed: string[] = [];
  const scanner = createTarScanner({
    onEntry: ({ path: name, type, mode }) => listed.push(`${name} ${type} ${mode.toString(8)}`),
    onContent: () => undefined,
    onEnd: () => undefined,
  });
  scanner.push(tar);
  assert.ok(scanner.end());
  assert.deepEqual(
    listed,
    stored.contents.entries.map(({ path: name, type, mode }) => `${name} ${type} ${mode.toString(8)}`),
  );
  const contents: string[] = [];
  for await (const { entry, content } of openPackageData({ store, limits }, stored)) {
    const bytes = Buffer.concat(await Array.fromAsync(content));
    if (entry.type === "file") contents.push(`${entry.path} ${String(hash("sha256", bytes) === entry.sha256)}`);
  }
  assert.deepEqual(contents, ["top true", "usr/bin/empty true", "usr/bin/hello true", "usr/lib/tool true"]);
  const other = await testPorts(t, await temporaryFolder(t));
  const zstd = await readPackageFile(other, await writeAdb(t, wrap(container, "c-zstd")));
  assert.deepEqual({ ...zstd, apkSizeBytes: 0 }, { ...stored, apkSizeBytes: 0 });
});

test("a package that the store knows is found by its identity, short or whole, with nothing inflated", async (t) => {
  const ports = await testPorts(t, await temporaryFolder(t));
  const stored = await readPackageFile(ports, await writeAdb(t, encodeAdbPackage(richPackage)));
  const { payload } = encodePackageParts(richPackage);
  const whole = `Q2${hash("sha256", payload, "base64")}`;
  const dataPath = (await ports.store.find(stored.data.digest)) ?? "";
  assert.equal(stored.identity, shortIdentity(whole));
  for (const identity of [whole, stored.identity]) {
    assert.deepEqual(await findPackage(ports.store, identity, ports.limits, "hello"), stored);
  }
  const like = Buffer.from(whole.slice(2), "base64");
  like[31] = (like[31] ?? 0) ^ 1;
  const other = `Q2${like.toString("base64")}`;
  assert.equal(await findPackage(ports.store, other, ports.limits, "hello"), undefined);
  await rm(dataPath);
  assert.equal(await findPackage(ports.store, whole, ports.limits, "hello"), undefined);
});

test("a hidden file at the top is verified, but refused where it is to be installed", async (t) => {
  const path = await writeAdb(
    t,
    encodeAdbPackage({ directories: [{ path: "", files: [{ name: ".hidden", content: "x" }] }] }),
  );
  assert.deepEqual(
    (await describePackageFile(path)).entries.map(({ path: name }) => name),
    [".hidden"],
  );
  await assert.rejects(readPackageFile(await testPorts(t, await temporaryFolder(t)), path), {
    code: "APK_UNSUPPORTED",
  });
});

test("links may lead to later links, as many as there are", async (t) => {
  const count = 20_000;
  const name = (index: number): string => String(index).padStart(5, "0");
  const files: TestAdbFile[] = Array.from({ length: count }, (_, index) => ({
    name: name(index),
    target: linkTarget(`d/${name(index + 1)}`, { hard: true }),
  }));
  const path = await writeAdb(
    t,
    encodeAdbPackage({ directories: [{ path: "d", files: [...files, { name: name(count), content: "x" }] }] }),
  );
  const { entries } = await describePackageFile(path);
  assert.equal(entries.length, count + 2);
  assert.ok(entries.slice(2).every(({ sha1 }) => sha1 === hash("sha1", "x")));
});
