import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { describePackageFile } from "../describe-package.ts";
import { adbKey, adbKeyring, filesPackage, writeAdb } from "../testing/adb-packages.ts";
import {
  acl,
  deviceTarget,
  encodeAdbPackage,
  encodeBlock,
  encodePackageParts,
  encodeSignature,
  linkTarget,
  type TestAdbPackage,
  type TestDirectory,
} from "../testing/adb-writer.ts";
import { temporaryFolder } from "../testing/packages.ts";
import { verifyPackageFile } from "../verify-package.ts";

const inDirectories = (...paths: string[]): TestAdbPackage => ({ directories: paths.map((path) => ({ path })) });

const refused: readonly (readonly [why: string, made: TestAdbPackage, code: string])[] = [
  ["no name", { info: { 1: undefined } }, "APK_CONTROL"],
  ["a name with a slash", { info: { 1: "a/b" } }, "APK_CONTROL"],
  ["a version with a line break", { info: { 2: "1\nP:x" } }, "APK_FORMAT"],
  ["a dependency with two words", { info: { 15: [{ 1: "a b" }] } }, "APK_FORMAT"],
  ["a dependency without a name", { info: { 15: [{ 2: "1" }] } }, "APK_FORMAT"],
  ["a dependency that is null", { info: { 15: [undefined, { 1: "a" }] } }, "APK_FORMAT"],
  ["a tag of two words", { info: { 21: ["a b"] } }, "APK_FORMAT"],
  ["a trigger of two words", { triggers: ["/a /b"] }, "APK_FORMAT"],
  ["a unique id that is not its own", { info: { 3: Buffer.alloc(20, 7) } }, "APK_IDENTITY"],
  ["a script above 256 KiB", { scripts: { 2: Buffer.alloc((1 << 18) + 1, 32) } }, "LIMIT_EXCEEDED"],
  ["a directory twice", inDirectories("a", "a"), "APK_FORMAT"],
  ["directories out of order", inDirectories("b", "a"), "APK_FORMAT"],
  ["a directory above the root", inDirectories("../etc"), "APK_UNSAFE_PATH"],
  ["a directory from the root", inDirectories("/etc"), "APK_UNSAFE_PATH"],
  ["a directory with a trailing slash", inDirectories("etc/"), "APK_UNSAFE_PATH"],
  ["a directory with a dot in its way", inDirectories("a/./b"), "APK_UNSAFE_PATH"],
  ["a path longer than Linux takes", inDirectories("a/".repeat(3000)), "LIMIT_EXCEEDED"],
  ["a file twice", filesPackage({ name: "a" }, { name: "a" }), "APK_FORMAT"],
  ["files out of order", filesPackage({ name: "b" }, { name: "a" }), "APK_FORMAT"],
  ["a file in another directory", filesPackage({ name: "a/b" }), "APK_FORMAT"],
  ["a file without a name", filesPackage({ name: "" }), "APK_FORMAT"],
  ["a file called ..", filesPackage({ name: ".." }), "APK_UNSAFE_PATH"],
  ["a file with a control character", filesPackage({ name: "a\u0007" }), "APK_UNSAFE_PATH"],
  [
    "a file where a directory is",
    { directories: [{ path: "a", files: [{ name: "b" }] }, { path: "a/b" }] },
    "APK_FORMAT",
  ],
  ["content without a hash", filesPackage({ name: "a", content: "x", claims: { hash: undefined } }), "APK_FORMAT"],
  [
    "a hash of another length",
    filesPackage({ name: "a", content: "x", claims: { hash: Buffer.alloc(20) } }),
    "APK_FORMAT",
  ],
  [
    "other content than its hash",
    filesPackage({ name: "a", content: "x", claims: { hash: Buffer.alloc(32, 1) } }),
    "APK_FILE_HASH",
  ],
  [
    "an empty file with the hash of another",
    filesPackage({ name: "a", claims: { hash: Buffer.alloc(32, 1) } }),
    "APK_FILE_HASH",
  ],
  ["a larger size than its content", filesPackage({ name: "a", content: "x", claims: { size: 2 } }), "APK_FORMAT"],
  ["a smaller size than its content", filesPackage({ name: "a", content: "xx", claims: { size: 1 } }), "APK_FORMAT"],
  [
    "more content than the limit",
    filesPackage({ name: "a", content: "x", claims: { size: 2n ** 45n } }),
    "LIMIT_EXCEEDED",
  ],
  ["a link that leads nowhere", filesPackage({ name: "a", target: linkTarget("d/b", { hard: true }) }), "APK_FORMAT"],
  ["a link to itself", filesPackage({ name: "a", target: linkTarget("d/a", { hard: true }) }), "APK_FORMAT"],
  ["a link to a directory", filesPackage({ name: "a", target: linkTarget("d", { hard: true }) }), "APK_FORMAT"],
  [
    "a link that is said to be another file",
    filesPackage(
      { name: "a", content: "x" },
      { name: "b", target: linkTarget("d/a", { hard: true }), claims: { hash: Buffer.alloc(32, 1) } },
    ),
    "APK_FORMAT",
  ],
  ["a symbolic link without a target", filesPackage({ name: "a", target: linkTarget("") }), "APK_FORMAT"],
  ["a symbolic link with a NUL", filesPackage({ name: "a", target: linkTarget("a\0b") }), "APK_FORMAT"],
  ["a target of one byte", filesPackage({ name: "a", target: Buffer.alloc(1) }), "APK_FORMAT"],
  ["a socket", filesPackage({ name: "a", target: deviceTarget(0o140000, 0n) }), "APK_FORMAT"],
  [
    "a device without a number",
    filesPackage({ name: "a", target: deviceTarget(0o020000, 0n).subarray(0, 9) }),
    "APK_FORMAT",
  ],
  ["a device number beyond any", filesPackage({ name: "a", target: deviceTarget(0o020000, 2n ** 63n) }), "APK_FORMAT"],
  ["an owner with a colon", filesPackage({ name: "a", acl: acl(0o644, "a:b") }), "APK_FORMAT"],
  [
    "an attribute without a name",
    filesPackage({ name: "a", acl: acl(0o644, "root", "root", [Buffer.from("name")]) }),
    "APK_FORMAT",
  ],
  [
    "an attribute twice",
    filesPackage({ name: "a", acl: acl(0o644, "root", "root", [Buffer.from("a\0b"), Buffer.from("a\0c")]) }),
    "APK_FORMAT",
  ],
];

for (const [why, made, code] of refused) {
  test(`a package with ${why} is refused`, async (t) => {
    const path = await writeAdb(t, encodeAdbPackage({ ...made, keys: [adbKey] }));
    await assert.rejects(verifyPackageFile(path, adbKeyring), { code });
  });
}

const twoContents = filesPackage({ name: "a", content: "aaa" }, { name: "b", content: "bbbb" });

test("blocks stand in one order, with zeros between them, and nothing else", async (t) => {
  const { payload, contents } = encodePackageParts(twoContents);
  const [a = Buffer.alloc(0), b = Buffer.alloc(0)] = contents;
  const magic = Buffer.from("ADB.pckg");
  const meta = encodeBlock(0, payload);
  const signature = encodeBlock(1, encodeSignature("pckg", payload, adbKey));
  const [first, second] = [encodeBlock(2, a), encodeBlock(2, b)];
  const dirty = (block: Buffer): Buffer => {
    const changed = Buffer.from(block);
    changed[block.length - 1] = 1;
    return changed;
  };
  // Fillings of each block: the payload of the metadata ends in words, so its block has four bytes of header only.
  const rows: (readonly [why: string, code: string | undefined, ...blocks: Buffer[]])[] = [
    ["as it should be", undefined, magic, meta, signature, first, second],
    [
      "long headers",
      undefined,
      magic,
      encodeBlock(0, payload, { long: true }),
      signature,
      encodeBlock(2, a, { long: true }),
      second,
    ],
    ["nothing", "APK_FORMAT"],
    ["no blocks", "APK_FORMAT", magic],
    ["an index", "APK_FORMAT", Buffer.from("ADB.indx"), meta, signature, first, second],
    ["no metadata", "APK_FORMAT", magic, signature, first, second],
    ["two metadata", "APK_FORMAT", magic, meta, meta, signature, first, second],
    ["signature first", "APK_FORMAT", magic, signature, meta, first, second],
    ["signature between contents", "APK_FORMAT", magic, meta, signature, first, signature, second],
    ["signature at the end", "APK_FORMAT", magic, meta, signature, first, second, signature],
    ["contents in another order", "APK_FORMAT", magic, meta, signature, second, first],
    ["a content twice", "APK_FORMAT", magic, meta, signature, first, first, second],
    ["a content missing", "APK_FORMAT", magic, meta, signature, first],
    ["a content too many", "APK_FORMAT", magic, meta, signature, first, second, second],
    ["an empty content too many", "APK_FORMAT", magic, meta, signature, first, second, encodeBlock(2, Buffer.alloc(8))],
    [
      "content for another file",
      "APK_FORMAT",
      magic,
      meta,
      signature,
      encodeBlock(2, Buffer.concat([b.subarray(0, 8), a.subarray(8)])),
      second,
    ],
    [
      "content of another file",
      "APK_FILE_HASH",
      magic,
      meta,
      signature,
      encodeBlock(2, Buffer.concat([a.subarray(0, 8), Buffer.from("xxx")])),
      second,
    ],
    ["a block of no known type", "APK_FORMAT", magic, meta, signature, encodeBlock(5, a, { long: true }), second],
    ["a block shorter than its header", "APK_FORMAT", magic, meta, Buffer.from([3, 0, 0, 0x80]), first, second],
    ["set bytes behind the signature", "APK_FORMAT", magic, meta, dirty(signature), first, second],
    ["set bytes behind a content", "APK_FORMAT", magic, meta, signature, dirty(first), second],
    ["zeros behind the end", "APK_FORMAT", magic, meta, signature, first, second, Buffer.alloc(8)],
    ["a cut filling", "APK_FORMAT", magic, meta, signature, first, second.subarray(0, -1)],
  ];
  for (const [why, code, ...blocks] of rows) {
    const work = verifyPackageFile(await writeAdb(t, Buffer.concat(blocks)), adbKeyring);
    if (code === undefined) await assert.doesNotReject(work, why);
    else await assert.rejects(work, { code }, why);
  }
});

test("metadata above its limit is refused before it is read", async (t) => {
  const path = await writeAdb(
    t,
    Buffer.concat([Buffer.from("ADB.pckg"), Buffer.from([0xff, 0xff, 0xff, 0x3f]), Buffer.alloc(1 << 20)]),
  );
  await assert.rejects(describePackageFile(path), { code: "LIMIT_EXCEEDED" });
  const many = encodeAdbPackage({
    directories: Array.from({ length: 30 }, (_, index): TestDirectory => ({ path: String(index + 10) })),
  });
  const limits = { ...defaultLimits, entries: 20 };
  await assert.rejects(describePackageFile(await writeAdb(t, many), { limits }), { code: "LIMIT_EXCEEDED" });
});

test("every changed bit of a package is refused, and every cut", async (t) => {
  const path = join(await temporaryFolder(t), "changed.apk");
  const good = encodeAdbPackage(twoContents);
  for (let bit = 0; bit < 8 * good.length; bit += 1) {
    const changed = Buffer.from(good);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await writeFile(path, changed);
    await assert.rejects(verifyPackageFile(path, adbKeyring), isEngineError, `bit ${String(bit)}`);
  }
  for (let length = 0; length < good.length; length += 1) {
    await writeFile(path, good.subarray(0, length));
    await assert.rejects(verifyPackageFile(path, adbKeyring), isEngineError, `length ${String(length)}`);
  }
});
