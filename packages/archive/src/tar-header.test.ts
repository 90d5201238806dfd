import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHeader } from "./tar-header.ts";
import { entryWith } from "./testing/entries.ts";
import { encodeTarHeader } from "./tar-writer.ts";

/** The message of the refusal of a block. */
function refusalOf(block: Buffer): string {
  let message = "";
  assert.throws(
    () => decodeHeader(block, "any", "x.tar"),
    (error: Error & { code?: string }) => {
      message = error.message;
      return error.code === "ARCHIVE_TAR_CHECKSUM";
    },
  );
  return message;
}

test("bytes that are no header are said to be no tar, whatever stands in the place of a checksum", () => {
  for (const [text, checksum] of [
    ["plain text ", "plain te"],
    ["\u0001", "\0\0\0\0\0\0\0\0"],
    ["a", "0000123\0"],
  ] as const) {
    const block = Buffer.alloc(512, text);
    block.write(checksum, 148, "latin1");
    const message = refusalOf(block);
    assert.match(message, /^x\.tar: no tar archive/);
    assert.doesNotMatch(message, /undefined/);
  }
});

test("a damaged header is said to be one, with both sums", () => {
  const block = Buffer.from(encodeTarHeader(entryWith()).subarray(0, 512));
  block[0] = (block[0] ?? 0) + 1;
  assert.match(refusalOf(block), /wrong checksum: expected \d+, found \d+$/);
  block.write("zzzzzzzz", 148, "latin1");
  assert.match(refusalOf(block), /wrong checksum: expected \d+, found none$/);
});
