import assert from "node:assert/strict";
import { test } from "node:test";
import { splitLines } from "./lines.ts";

function linesOf(chunks: readonly Uint8Array[]): string[] {
  const found: string[] = [];
  const lines = splitLines((line) => found.push(line));
  for (const chunk of chunks) lines.push(chunk);
  lines.end();
  return found;
}

test("lines are the same however the bytes are cut into chunks", () => {
  const bytes = Buffer.from("één\n\nzwei\r\nlast");
  for (let size = 1; size <= bytes.length; size += 1) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    assert.deepEqual(linesOf(chunks), ["één", "", "zwei", "last"]);
  }
});

test("an endless line is cut and says so, and the next one is whole again", () => {
  const found = linesOf([Buffer.alloc(1 << 20, "x"), Buffer.from("\nnext\n")]);
  assert.equal(found.length, 2);
  assert.match(found[0] ?? "", /^x{65536} … \(line cut/);
  assert.equal(found[1], "next");
});
