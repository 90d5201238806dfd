import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { defaultLimits } from "@apkmill/core";
import { entryWith, scanAll } from "./testing/entries.ts";
import type { TarEntry } from "./tar-entry.ts";
import { headerChecksum } from "./tar-header.ts";
import { createTarScanner } from "./tar-scanner.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";

/** The blocks of a tar with these entries and contents. */
function tarOf(...items: readonly (readonly [entry: TarEntry, content?: string])[]): Buffer {
  return Buffer.concat(
    items.flatMap(([entry, content = ""]) => {
      const bytes = Buffer.from(content);
      return [encodeTarHeader({ ...entry, sizeBytes: bytes.length }), bytes, tarPadding(bytes.length)];
    }),
  );
}

/** A raw header with fields written over a good one, and its checksum made right. */
function headerWith(changes: Readonly<Record<number, string>>, entry = entryWith()): Buffer {
  const block = Buffer.from(encodeTarHeader(entry));
  for (const [offset, text] of Object.entries(changes)) block.write(text, Number(offset), "latin1");
  block.write(`${headerChecksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** An extension header of the given type and its content. */
function extension(typeFlag: string, content: string): Buffer {
  const bytes = Buffer.from(content);
  const size = `${bytes.length.toString(8).padStart(11, "0")}\0`;
  return Buffer.concat([headerWith({ 124: size, 156: typeFlag }), bytes, tarPadding(bytes.length)]);
}

const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  const length = bytes + String(bytes + 2).length;
  return `${String(length)}${rest}`;
};

const entryArbitrary: fc.Arbitrary<readonly [TarEntry, string]> = fc
  .record({
    path: fc
      .array(fc.stringMatching(/^[a-z0-9é_-]{1,60}$/), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join("/")),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.integer({ min: 0, max: 3_000_000 }),
    mtime: fc.integer({ min: -5, max: 4_000_000_000 }),
    uname: fc.stringMatching(/^[a-zü]{0,40}$/),
    type: fc.constantFrom("file", "symlink", "hardlink", "directory", "fifo", "character"),
    link: fc.stringMatching(/^[a-z/é]{1,150}$/),
    content: fc.string({ maxLength: 1500 }),
    xattr: fc.uint8Array({ maxLength: 30 }),
  })
  .map(({ path, mode, uid, mtime, uname, type, link, content, xattr }) => [
    entryWith({
      path,
      mode,
      uid,
      mtime,
      uname,
      type,
      linkPath: type === "symlink" || type === "hardlink" ? link : "",
      ...(type === "character" ? { device: { major: 5, minor: 1 } } : {}),
      xattrs: xattr.length === 0 ? new Map() : new Map([["user.test", xattr]]),
    }),
    type === "file" ? content : "",
  ]);

test("what the writer writes the scanner reads, in chunks of any size", () => {
  fc.assert(
    fc.property(fc.array(entryArbitrary, { maxLength: 4 }), fc.integer({ min: 1, max: 3000 }), (items, chunkBytes) => {
      const { items: read, closed } = scanAll(Buffer.concat([tarOf(...items), tarEnd]), {}, chunkBytes);
      assert.equal(closed, true);
      assert.deepEqual(
        read.map(({ entry, content }) => [entry, content.toString()]),
        items.map(([entry, content]) => [{ ...entry, sizeBytes: Buffer.byteLength(content) }, content]),
      );
    }),
    { numRuns: 150 },
  );
});

test("a tar that ends inside an entry is refused at every cut but the block edges between entries", () => {
  const tar = tarOf([entryWith({ path: "a" }), "x".repeat(600)], [entryWith({ path: "b" }), "y"]);
  for (let length = 1; length < tar.length; length += 1) {
    if (length === 512 + 1024) continue;
    assert.throws(() => scanAll(tar.subarray(0, length)), { code: "ARCHIVE_TAR_TRUNCATED" }, String(length));
  }
});

test("only zeros may follow the end", () => {
  const tar = tarOf([entryWith(), "x"]);
  assert.equal(scanAll(Buffer.concat([tar, tarEnd, Buffer.alloc(9000)])).closed, true);
  assert.equal(scanAll(tar).closed, false);
  assert.throws(() => scanAll(Buffer.concat([tar, tarEnd, tar]), {}, 700), { code: "ARCHIVE_TAR_TRAILING" });
});

test("every changed byte of a header is refused or leaves its meaning", () => {
  const good = encodeTarHeader(entryWith({ path: "a/b", sizeBytes: 0 }));
  const [expected] = scanAll(good).items;
  for (let offset = 0; offset < good.length; offset += 1) {
    const changed = Buffer.from(good);
    changed[offset] = (changed[offset] ?? 0) ^ 0x15;
    try {
      assert.deepEqual(scanAll(changed).items[0], expected, String(offset));
    } catch (error) {
      assert.match(String((error as { code?: string }).code), /^ARCHIVE_TAR_(CHECKSUM|FORMAT)$/, String(offset));
    }
  }
});

test("what is read here and not by every reader is said, of an entry after it", () => {
  const said: string[] = [];
  const scanner = createTarScanner({
    onEntry: ({ path }) => said.push(path),
    onContent: () => undefined,
    onEnd: () => undefined,
    onOddity: (what) => said.push(what),
  });
  scanner.push(Buffer.concat([headerWith({}), extension("g", record("comment", "c")), headerWith({ 156: "7" })]));
  const tool = "usr/bin/tool";
  assert.deepEqual(said, [tool, "a PAX header for the whole archive", tool, `the contiguous file ${tool}`]);
});

test("extensions belong to the next entry only", () => {
  const long = `${"d".repeat(120)}/${"f".repeat(120)}`;
  const tar = Buffer.concat([
    extension("g", record("comment", "of the whole archive")),
    extension("L", `${long}\0`),
    extension("K", `${long}\0`),
    headerWith({ 156: "2" }),
    extension("x", record("path", "ß") + record("size", "0") + record("GNU.other", "1")),
    headerWith({}),
    headerWith({}),
  ]);
  const { items } = scanAll(tar);
  assert.deepEqual(
    items.map(({ entry }) => [entry.path, entry.linkPath, [...entry.pax]]),
    [
      [long, long, []],
      ["ß", "", [["GNU.other", "1"]]],
      ["usr/bin/tool", "", []],
    ],
  );
});

test("GNU's base-256 numbers are read, but not in a package", () => {
  const block = headerWith({});
  block.set([0x80, 0, 0, 0, 0, 0x20, 0, 1], 108);
  block.write(`${headerChecksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  assert.equal(scanAll(block).items[0]?.entry.uid, 0x200001);
  assert.throws(() => scanAll(block, { dialect: "apk" }), { code: "ARCHIVE_TAR_AMBIGUOUS" });
});

test("a section of a package must mean the same to apk and to container runtimes", () => {
  const rows: [name: string, tar: Buffer, code: string][] = [
    ["a size in PAX", Buffer.concat([extension("x", record("size", "5")), headerWith({})]), "ARCHIVE_TAR_AMBIGUOUS"],
    ["an owner in PAX", Buffer.concat([extension("x", record("uid", "7")), headerWith({})]), "ARCHIVE_TAR_AMBIGUOUS"],
    [
      "an owner name in PAX",
      Buffer.concat([extension("x", record("uname", "me")), headerWith({})]),
      "ARCHIVE_TAR_AMBIGUOUS",
    ],
    ["a time in PAX", Buffer.concat([extension("x", record("mtime", "5")), headerWith({})]), "ARCHIVE_TAR_AMBIGUOUS"],
    ["a long link target", Buffer.concat([extension("K", "x"), headerWith({ 156: "2" })]), "ARCHIVE_TAR_AMBIGUOUS"],
    [
      "two extensions",
      Buffer.concat([extension("L", "x"), extension("x", record("path", "y")), headerWith({})]),
      "ARCHIVE_TAR_AMBIGUOUS",
    ],
    ["a file with a slash", headerWith({ 12: "/\0" }), "ARCHIVE_TAR_AMBIGUOUS"],
    ["a directory with a size", headerWith({ 156: "5", 124: "00000000001" }), "ARCHIVE_TAR_AMBIGUOUS"],
    ["GNU fields in the prefix", headerWith({ 257: "ustar  \0", 345: "1" }), "ARCHIVE_TAR_AMBIGUOUS"],
    ["no magic", headerWith({ 257: "\0\0\0\0\0\0\0\0" }), "ARCHIVE_TAR_FORMAT"],
  ];
  for (const [name, tar, code] of rows) {
    assert.throws(() => scanAll(tar, { dialect: "apk" }), { code }, name);
  }
  const harmless = extension("x", record("mtime", "1700000000.5") + record("atime", "1"));
  assert.equal(
    scanAll(Buffer.concat([harmless, headerWith({})]), { dialect: "apk" }).items[0]?.entry.mtime,
    1_700_000_000,
  );
});

test("what is not supported is refused by name", () => {
  const sparse = Buffer.concat([extension("x", record("GNU.sparse.major", "1")), headerWith({})]);
  assert.throws(() => scanAll(sparse), { code: "ARCHIVE_TAR_UNSUPPORTED" });
  assert.throws(() => scanAll(headerWith({ 156: "S" })), { code: "ARCHIVE_TAR_UNSUPPORTED" });
});

test("malformed names and numbers are refused", () => {
  for (const [name, block] of [
    ["a name that is not UTF-8", headerWith({ 0: "\xff\xfe" })],
    ["no name", headerWith({ 0: "\0" })],
    ["a link without a target", headerWith({ 156: "1" })],
    ["a size that is no number", headerWith({ 124: "12x" })],
    ["PAX size below zero", Buffer.concat([extension("x", record("size", "-1")), headerWith({})])],
    ["a NUL in a PAX path", Buffer.concat([extension("x", record("path", "a\0b")), headerWith({})])],
  ] as const) {
    assert.throws(() => scanAll(block), { code: "ARCHIVE_TAR_FORMAT" }, name);
  }
});

test("limits end what is too much", () => {
  const rows: [Buffer, Partial<typeof defaultLimits>][] = [
    [tarOf([entryWith()], [entryWith()]), { entries: 1 }],
    [headerWith({ 124: "77777777777" }), { dataBytes: 1024 }],
    [extension("x", record("path", "y".repeat(200))), { paxBytes: 100 }],
    [tarOf([entryWith({ path: "p".repeat(90) })]), { pathBytes: 50 }],
  ];
  for (const [tar, limits] of rows) {
    assert.throws(() => scanAll(tar, { limits: { ...defaultLimits, ...limits } }), { code: "LIMIT_EXCEEDED" });
  }
});

test("an old directory entry is known by its slash", () => {
  const { entry } = scanAll(headerWith({ 0: "dir/\0", 156: "\0", 257: "\0\0\0\0\0\0\0\0" })).items[0] ?? {};
  assert.deepEqual([entry?.path, entry?.type], ["dir", "directory"]);
});
