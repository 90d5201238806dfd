import assert from "node:assert/strict";
import { test } from "node:test";
import { entryWith, scanAll } from "./testing/entries.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";

const text = (block: Buffer, offset: number, length: number): string =>
  block.toString("latin1", offset, offset + length);

test("a plain entry is one ustar block with full fields", () => {
  const block = encodeTarHeader(entryWith({ path: "usr/bin/tool", mode: 0o4755, uid: 1000, sizeBytes: 70 }));
  assert.equal(block.length, 512);
  assert.deepEqual(
    [
      text(block, 0, 13),
      text(block, 100, 8),
      text(block, 108, 8),
      text(block, 124, 12),
      text(block, 136, 12),
      text(block, 156, 1),
      text(block, 257, 8),
      text(block, 265, 5),
      text(block, 329, 16),
    ],
    [
      "usr/bin/tool\0",
      "0004755\0",
      "0001750\0",
      "00000000106\0",
      "14524770400\0",
      "0",
      "ustar\x0000",
      "root\0",
      "0000000\x000000000\0",
    ],
  );
});

test("a PAX header is named after its entry and says nothing else", () => {
  const header = encodeTarHeader(
    entryWith({ path: "usr/bin/tool", pax: new Map([["APK-TOOLS.checksum.SHA1", "00"]]) }),
  );
  assert.equal(header.length, 3 * 512);
  assert.deepEqual(
    [text(header, 0, 29), text(header, 100, 24), text(header, 136, 12), text(header, 156, 1), text(header, 512, 31)],
    [
      "usr/bin/PaxHeaders.0/tool\0\0\0\0",
      "0000000\x000000000\x000000000\0",
      "00000000000\0",
      "x",
      "30 APK-TOOLS.checksum.SHA1=00\n\0",
    ],
  );
});

test("a long path is split at a slash where ustar can hold it, and a PAX record where not", () => {
  const split = encodeTarHeader(entryWith({ path: `${"a".repeat(120)}/${"b".repeat(100)}` }));
  assert.deepEqual([split.length, text(split, 0, 3), text(split, 345, 3)], [512, "bbb", "aaa"]);
  for (const path of [`${"a".repeat(160)}/b`, `a/${"b".repeat(101)}`, "c".repeat(101), "ü"]) {
    assert.equal(encodeTarHeader(entryWith({ path })).length, 3 * 512, path);
  }
});

test("only regular files have a size", () => {
  for (const type of ["symlink", "directory", "hardlink"] as const) {
    assert.equal(text(encodeTarHeader(entryWith({ type, linkPath: "x", sizeBytes: 9 })), 124, 12), "00000000000\0");
  }
});

test("content is padded to the block", () => {
  assert.deepEqual(
    [0, 1, 511, 512, 513].map((size) => tarPadding(size).length),
    [0, 511, 1, 0, 511],
  );
});

test("a path that ustar cannot hold is read back, also where the cut falls behind a slash", () => {
  for (let length = 1; length <= 120; length += 1) {
    const path = `${`${"d".repeat(length)}/`.repeat(Math.ceil(300 / (length + 1)))}file`;
    const { items } = scanAll(Buffer.concat([encodeTarHeader(entryWith({ path })), tarEnd]));
    assert.deepEqual(
      items.map(({ entry }) => entry.path),
      [path],
    );
  }
});
