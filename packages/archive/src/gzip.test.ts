import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { gzip, gzipBytes } from "./gzip.ts";
import { splitGzipMembers } from "./gzip-member.ts";
import { chunked, collect } from "./testing/entries.ts";

/** Bytes that compress about as programs do. */
function sample(sizeBytes: number): Buffer {
  const words = Array.from({ length: 300 }, (_, index) =>
    createHash("sha1").update(String(index)).digest().subarray(0, 9),
  );
  const bytes = Buffer.alloc(sizeBytes);
  for (let offset = 0, step = 1; offset < sizeBytes; step = (step * 16_807) % 2_147_483_647) {
    offset += (words[step % 300] ?? Buffer.alloc(1)).copy(bytes, offset);
  }
  return bytes;
}

test("what is written is one member that zlib reads", async () => {
  for (const size of [0, 1, 32 * 1024, 256 * 1024, 256 * 1024 + 1, 3_000_000]) {
    const content = sample(size);
    const packed = await collect(gzip(chunked(content, 100_000)));
    assert.ok(gunzipSync(packed, { maxOutputLength: size + 1 }).equals(content), String(size));
    assert.equal(splitGzipMembers(packed, { limitBytes: size + 1 }).length, 1);
  }
});

test("the bytes do not depend on how the input is cut", async () => {
  const content = Buffer.concat([sample(700_000), randomBytes(200_000)]);
  const expected = await gzipBytes(content);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1000, max: 600_000 }), async (chunkBytes) => {
      assert.ok((await collect(gzip(chunked(content, chunkBytes)))).equals(expected));
    }),
    { numRuns: 8 },
  );
});

test("the header says nothing about time, name or system", async () => {
  assert.equal((await gzipBytes(Buffer.from("x"))).subarray(0, 10).toString("hex"), "1f8b08000000000000ff");
});

test("blocks cost little: the parts are primed with what stands before them", async () => {
  const text = sample(2_000_000);
  const packed = await gzipBytes(text);
  assert.ok(packed.length < text.length * 0.35, String(packed.length));
});

test("an input that fails fails the output", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield* chunked(sample(600_000), 100_000);
    throw new Error("disk on fire");
  }
  await assert.rejects(collect(gzip(broken())), /disk on fire/);
});
