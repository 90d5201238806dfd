import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, test } from "node:test";
import { createTarScanner, tarEnd } from "@apkmill/archive";
import { defaultLimits, isEngineError, type Limits } from "@apkmill/core";
import fc from "fast-check";
import { createDataScan } from "./data-scan.ts";
import { dataFactsJson, encodeEntry } from "./data-facts.ts";
import { EntryCollector } from "./entry-collector.ts";
import { PlainScan } from "./plain-scan.ts";
import { murmur3Collisions } from "./testing/murmur3-collisions.ts";
import { extensionItem, patched, paxRecord, tarItem } from "./testing/raw-package.ts";

/** What the kernel reads must be what the engine reads without it, and where the kernel stops nothing may be lost. */

const sumKey = "APK-TOOLS.checksum.SHA1";

function outcomeOf(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** By the engine's own rules alone. */
function byRules(tar: Buffer, limits: Limits): string {
  const entries = new EntryCollector("p", () => []);
  const scanner = createTarScanner(entries, { limits, what: "p", dialect: "apk" });
  return outcomeOf(() => {
    scanner.push(tar);
    scanner.end();
    const { collected, oddity } = entries;
    const rows = collected.map((entry) => JSON.stringify(encodeEntry(entry))).join(",");
    const diffId = `sha256:${hash("sha256", tar)}` as const;
    return dataFactsJson({ diffId, unpackedSizeBytes: tar.length, rows, oddity });
  });
}

/** In pieces of these sizes, again and again. */
function byKernel(tar: Buffer, sizes: readonly number[], limits: Limits): string {
  const scan = createDataScan(limits, "p");
  try {
    return outcomeOf(() => {
      for (let at = 0, piece = 0; at < tar.length; piece += 1) {
        const end = at + (sizes[piece % sizes.length] ?? tar.length);
        scan.push(tar.subarray(at, end));
        at = end;
      }
      return scan.finish();
    });
  } finally {
    scan.close();
  }
}

function requireSame(tar: Buffer, sizes: readonly number[] = [tar.length], limits: Limits = defaultLimits): string {
  const found = byKernel(tar, sizes, limits);
  assert.equal(found, byRules(tar, limits));
  return found;
}

/** How many of the tar's bytes the kernel reads. */
function plainBytes(tar: Buffer): number {
  const scan = new PlainScan(defaultLimits, "p");
  try {
    const unread = scan.push(tar) ?? scan.incomplete;
    return tar.length - unread.length;
  } finally {
    scan.close();
  }
}

const usr = tarItem({ path: "usr", type: "directory" });
const content = "hello\n";
const sumOf = (text: string): ReadonlyMap<string, string> => new Map([[sumKey, hash("sha1", text)]]);
const recorded = (records: Readonly<Record<string, string>>, item: Buffer): Buffer =>
  Buffer.concat([
    extensionItem(
      "x",
      Object.entries(records)
        .map(([key, value]) => paxRecord(key, value))
        .join(""),
    ),
    item,
  ]);
/** A header without records, and content behind it. */
const bare = (path: string, text = "", changes: Readonly<Record<number, string>> = {}): Buffer => {
  const size = `${text.length.toString(8).padStart(11, "0")}\0`;
  const header = patched(tarItem({ path, pax: new Map() }), { 124: size, ...changes });
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
};
const stated = (path: string, text: string, more: Readonly<Record<string, string>> = {}): Buffer =>
  recorded({ ...more, [sumKey]: hash("sha1", text) }, bare(path, text));

describe("the kernel reads", () => {
  const large = "0123456789abcdef".repeat(20_000);
  const deep = `usr/${"d".repeat(90)}/${"e".repeat(90)}`;
  const plain: Record<string, readonly Buffer[]> = {
    "files, directories and links": [
      usr,
      tarItem({ path: "usr/a" }, content),
      tarItem({ path: "usr/empty" }),
      tarItem({ path: "usr/b", type: "symlink", linkPath: "a" }),
      tarItem({ path: "usr/c", type: "symlink", linkPath: "../a b", pax: sumOf("../a b") }),
      tarItem({ path: "usr/d", type: "hardlink", linkPath: "usr/a" }),
      tarItem({ path: "usr/e", type: "hardlink", linkPath: "usr/d", pax: sumOf(content) }),
    ],
    "contents that are larger than what it sees at once": [usr, stated("usr/large", large), stated("usr/next", "x")],
    "owners, modes and times": [
      tarItem({ path: "srv", type: "directory", mode: 0o1777, uid: 65534, gid: 7, uname: "nobody", gname: "lp" }),
      tarItem({ path: "srv/s", mode: 0o6755, mtime: 1_700_000_000 }, content),
    ],
    "the times that abuild adds": [usr, stated("usr/t", content, { ctime: "0", atime: "0", mtime: "1700000000.25" })],
    "long paths in records and in two fields": [
      usr,
      tarItem({ path: deep.slice(0, 94), type: "directory" }),
      tarItem({ path: deep, type: "directory" }),
      tarItem({ path: `${deep}/${"f".repeat(150)}` }, content),
      tarItem({ path: "usr/l", type: "symlink", linkPath: `/${"g".repeat(300)}` }),
    ],
    "what abuild puts into packages without files": [stated(".dummy", "")],
    "nothing at all": [],
  };
  for (const [name, items] of Object.entries(plain)) {
    for (const end of [tarEnd, Buffer.alloc(0), Buffer.alloc(10_240)]) {
      test(`${name}, with ${String(end.length)} zeros behind it`, () => {
        const tar = Buffer.concat([...items, end]);
        for (const sizes of [[tar.length], [512], [1], [700, 3], [65_536], [100_000, 1]]) {
          assert.ok(requireSame(tar, sizes).startsWith('{"diffId"'));
        }
        assert.equal(plainBytes(tar), tar.length);
      });
    }
  }
});

describe("the kernel leaves to the engine", () => {
  const file = stated("usr/a", content);
  const odd: Record<string, readonly Buffer[]> = {
    "names that are not ASCII": [usr, tarItem({ path: "usr/é" }, content)],
    "names with quotes": [usr, tarItem({ path: 'usr/"a"' }, content)],
    "names with control characters": [usr, tarItem({ path: "usr/a\nb" }, content)],
    "paths that leave the root": [usr, stated("usr/../etc", content)],
    "absolute paths": [stated("/etc", content)],
    "paths with empty components": [usr, stated("usr//a", content)],
    "the root": [tarItem({ path: ".", type: "directory" }), usr],
    "a file with a slash at its end": [usr, stated("usr/a/", content)],
    "hidden files with content": [stated(".hidden", content)],
    "hidden links": [tarItem({ path: ".hidden", type: "symlink", linkPath: "a" })],
    "a hard link to a hidden file": [
      stated(".dummy", ""),
      tarItem({ path: "a", type: "hardlink", linkPath: ".dummy" }),
    ],
    "a directory that stands twice": [usr, usr, file],
    "a file that stands twice": [usr, file, file],
    "a file before its directory": [file],
    "a file in a file": [stated("a", ""), stated("a/b", "")],
    "a hard link before its target": [usr, tarItem({ path: "usr/a", type: "hardlink", linkPath: "usr/b" })],
    "a hard link to a directory": [usr, tarItem({ path: "a", type: "hardlink", linkPath: "usr" })],
    "a hard link to a symbolic one": [
      tarItem({ path: "a", type: "symlink", linkPath: "b" }),
      tarItem({ path: "b", type: "hardlink", linkPath: "a" }),
    ],
    "a hard link that states another sum": [
      usr,
      file,
      tarItem({ path: "usr/b", type: "hardlink", linkPath: "usr/a", pax: sumOf("other") }),
    ],
    "a link without a target": [tarItem({ path: "a", type: "symlink", linkPath: "a" }).fill(0, 157, 158)],
    "a file without a sum": [usr, bare("usr/a", content)],
    "an empty file with a wrong sum": [usr, recorded({ [sumKey]: hash("sha1", "x") }, bare("usr/a"))],
    "a sum in large letters": [
      usr,
      recorded({ [sumKey]: hash("sha1", content).toUpperCase() }, bare("usr/a", content)),
    ],
    "a short sum": [usr, recorded({ [sumKey]: "1234" }, bare("usr/a", content))],
    "other records": [usr, stated("usr/a", content, { comment: "c" })],
    attributes: [usr, stated("usr/a", content, { "SCHILY.xattr.user.a": "b" })],
    "owners in records": [usr, stated("usr/a", content, { uid: "0" })],
    "another time in a record": [usr, stated("usr/a", content, { mtime: "1.5" })],
    "a time before 1970": [usr, stated("usr/a", content, { mtime: "-0.5" })],
    "a time that is none": [usr, stated("usr/a", content, { mtime: "1e3" })],
    "a size in a record": [usr, stated("usr/a", content, { size: "6" })],
    "an empty path": [usr, stated("usr/a", content, { path: "" })],
    "malformed records": [usr, extensionItem("x", "12 path=a\n"), file],
    "records without a number": [usr, extensionItem("x", " path=a\n"), file],
    "records that begin with zero": [usr, extensionItem("x", "09 path=a\n"), file],
    "records for nothing": [usr, extensionItem("x", paxRecord("path", "b"))],
    "two headers with records": [usr, extensionItem("x", paxRecord("atime", "1")), file],
    "an empty header with records": [usr, extensionItem("x", ""), file],
    "many records": [usr, stated("usr/a", content, { comment: "c".repeat(5000) })],
    "records for the whole archive": [extensionItem("g", paxRecord("comment", "c")), usr],
    "long names as GNU writes them": [usr, extensionItem("L", "usr/b"), file],
    "contiguous files": [usr, bare("usr/a", "", { 156: "7" })],
    devices: [tarItem({ path: "null", type: "character", device: { major: 1, minor: 3 } })],
    "unknown types": [usr, bare("usr/a", "", { 156: "Z" })],
    "directories with a size": [patched(usr, { 124: "00000001000\0" })],
    "headers of GNU": [usr, recorded({ [sumKey]: hash("sha1", "") }, bare("usr/a", "", { 257: "ustar  \0" }))],
    "headers without a magic": [usr, bare("usr/a", "", { 257: "\0\0\0\0\0\0" })],
    "headers with a wrong sum": [usr, Buffer.from(bare("usr/a")).fill("9", 148, 150)],
    "numbers in base 256": [usr, bare("usr/a", "", { 108: "\x80\0\0\0\0\0\0\0" })],
    "numbers that are none": [usr, bare("usr/a", "", { 100: "000x644\0" })],
    "device numbers that are none": [usr, bare("usr/a", "", { 329: "zzz" })],
    "data behind the end": [usr, tarEnd, usr],
    "what is cut in a header": [usr, file.subarray(0, 700)],
    "what is cut in a content": [usr, file.subarray(0, 1500)],
    "what is cut behind a content": [usr, file.subarray(0, file.length - 1)],
    "what is cut in a large content": [usr, stated("usr/a", "x".repeat(200_000)).subarray(0, 100_000)],
    "a wrong sum": [usr, recorded({ [sumKey]: hash("sha1", "other") }, bare("usr/a", content))],
    "a wrong sum of a large file": [
      usr,
      recorded({ [sumKey]: hash("sha1", "other") }, bare("usr/a", "x".repeat(200_000))),
    ],
    "a wrong sum of a link": [tarItem({ path: "a", type: "symlink", linkPath: "b", pax: sumOf("c") })],
  };
  for (const [name, items] of Object.entries(odd)) {
    test(name, () => {
      const tar = Buffer.concat([...items, stated("z", content), tarEnd]);
      const bareTar = Buffer.concat(items);
      for (const sizes of [[1 << 20], [512], [1], [700, 3]]) {
        requireSame(tar, sizes);
        requireSame(bareTar, sizes);
      }
    });
  }

  const tar = Buffer.concat([usr, file, stated("usr/b", content)]);
  for (const [name, most] of [
    ["entries", 4],
    ["dataBytes", 11],
    ["pathBytes", 4],
    ["paxBytes", 67],
    ["headerBytes", 135],
  ] as const) {
    test(`what is over the limit ${name}`, () => {
      assert.match(requireSame(tar, [512], { ...defaultLimits, [name]: most }), /^LIMIT_EXCEEDED/);
      assert.match(requireSame(tar, [512], { ...defaultLimits, [name]: most + 1 }), /^\{/);
    });
  }

  test("paths that were chosen to have one hash", () => {
    const tar = Buffer.concat(murmur3Collisions(11).map((path) => stated(path, "")));
    requireSame(tar);
    assert.ok(plainBytes(tar) < tar.length / 2);
  });
});

describe("whatever a tar is", () => {
  const name = fc.stringMatching(/^[a-c]{1,2}$/);
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
  const text = fc.oneof(fc.constant(""), fc.string({ maxLength: 40 }), fc.constant("x".repeat(1200)));
  const item = fc.oneof(
    { weight: 4, arbitrary: path.map((where) => tarItem({ path: where, type: "directory" })) },
    { weight: 4, arbitrary: fc.tuple(path, text).map(([where, what]) => tarItem({ path: where }, what)) },
    fc.tuple(path, path).map(([where, linkPath]) => tarItem({ path: where, type: "symlink", linkPath })),
    fc.tuple(path, path).map(([where, linkPath]) => tarItem({ path: where, type: "hardlink", linkPath })),
  );
  /** Behind their directories, so that most are read to their end. */
  const inOrder = fc.array(name, { maxLength: 4 }).map((names) => {
    const folders = [...new Set(names)].sort();
    return folders.flatMap((folder) => [
      tarItem({ path: folder, type: "directory" }),
      tarItem({ path: `${folder}/file` }, folder),
      tarItem({ path: `${folder}/link`, type: "hardlink", linkPath: `${folder}/file` }),
    ]);
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 });
  const tars = fc
    .tuple(inOrder, fc.array(item, { maxLength: 6 }), fc.constantFrom(tarEnd, Buffer.alloc(0)))
    .map(([first, then, end]) => Buffer.concat([...first, ...then, end]));

  test("the kernel and the engine together read it as the engine does", () => {
    fc.assert(
      fc.property(tars, sizes, (tar, pieces) => {
        requireSame(tar, pieces);
      }),
      { numRuns: 300 },
    );
  });

  test("also when bytes of it are others", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(tars, changes, fc.boolean(), sizes, (tar, places, isSummed, pieces) => {
        if (tar.length === 0) return;
        for (const [place, byte] of places) {
          const at = place % tar.length;
          tar[at] = byte;
          if (isSummed) sumAgain(tar, at - (at % 512));
        }
        requireSame(tar, pieces);
      }),
      { numRuns: 1500 },
    );
  });
});

/** Makes the checksum of a header right, so that what was changed in it is looked at. */
function sumAgain(tar: Buffer, block: number): void {
  if (tar.toString("latin1", block + 257, block + 262) !== "ustar") return;
  tar.write("        ", block + 148, "latin1");
  const sum = tar.subarray(block, block + 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, block + 148, "latin1");
}
