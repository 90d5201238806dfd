import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { chunked, collect } from "./testing/entries.ts";
import { unzstd } from "./unzstd.ts";
import { zstd } from "./zstd.ts";

const content = Buffer.from("all that glisters is not gold; ".repeat(40));
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const frame = zstdCompressSync(content, checked);

function skippable(sizeBytes: number): Buffer {
  const header = Buffer.from("5a2a4d1800000000", "hex");
  header.writeUInt32LE(sizeBytes, 4);
  return Buffer.concat([header, Buffer.alloc(sizeBytes, 7)]);
}

describe("unzstd", () => {
  test("unpacks a frame, whatever the chunks", async () => {
    const large = Buffer.concat([randomBytes(700_000), Buffer.alloc(5_000_000, content)]);
    for (const [bytes, packed, chunkBytes] of [
      [content, frame, 1],
      [content, frame, 7],
      [content, zstdCompressSync(content), 4096],
      [large, zstdCompressSync(large), 1 << 20],
      [large, zstdCompressSync(large, checked), 999],
      [Buffer.alloc(0), zstdCompressSync(""), 3],
      [Buffer.alloc(400_000), zstdCompressSync(Buffer.alloc(400_000)), 5],
    ] as const) {
      assert.ok((await collect(unzstd(chunked(packed, chunkBytes)))).equals(bytes), String(chunkBytes));
    }
  });

  test("reads several frames, and passes over those to be skipped", async () => {
    const parts = [frame, skippable(0), zstdCompressSync("two"), skippable(300), zstdCompressSync(""), frame];
    const expected = Buffer.concat([content, Buffer.from("two"), content]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 500 }), async (chunkBytes) => {
        assert.ok((await collect(unzstd(chunked(Buffer.concat(parts), chunkBytes)))).equals(expected));
      }),
      { numRuns: 30 },
    );
    for (const stream of [Buffer.concat([frame, skippable(9)]), Buffer.concat([skippable(9), frame])])
      assert.ok((await collect(unzstd(chunked(stream, 1 << 20)))).equals(content));
  });

  test("refuses bytes that are no frame", async () => {
    for (const tail of [Buffer.alloc(4), Buffer.from("junk that goes on"), Buffer.from("1f8b0800", "hex")]) {
      for (const chunkBytes of [5, frame.length, 1 << 20]) {
        const source = chunked(Buffer.concat([frame, tail]), chunkBytes);
        await assert.rejects(collect(unzstd(source)), { code: "ARCHIVE_ZSTD_FORMAT" });
      }
    }
  });

  test("refuses every truncation", async () => {
    for (let length = 0; length < frame.length; length += 1)
      await assert.rejects(collect(unzstd(chunked(frame.subarray(0, length), 40))), { code: "ARCHIVE_ZSTD_TRUNCATED" });
    await assert.rejects(collect(unzstd(chunked(Buffer.concat([frame, Buffer.alloc(2)]), 40))), {
      code: "ARCHIVE_ZSTD_TRUNCATED",
    });
  });

  test("refuses every changed byte, or gives the same", async () => {
    for (let offset = 0; offset < frame.length; offset += 1) {
      for (const mask of [1, 0x80, 0xff]) {
        const changed = Buffer.from(frame);
        changed[offset] = (changed[offset] ?? 0) ^ mask;
        const result = await collect(unzstd(chunked(changed, 64))).catch((error: unknown) => error);
        if (Buffer.isBuffer(result)) assert.ok(result.equals(content), String(offset));
        else assert.match(String((result as { code?: string }).code), /^ARCHIVE_ZSTD_/, String(offset));
      }
    }
  });

  test("ends a bomb at the limit, and one that wants more memory than there is to be had", async () => {
    const bomb = zstdCompressSync(Buffer.alloc(90_000_000));
    await assert.rejects(collect(unzstd(chunked(bomb, 100), { limitBytes: 1_000_000 })), { code: "LIMIT_EXCEEDED" });
    await assert.rejects(collect(unzstd(chunked(bomb, 1 << 20), { ratio: 200 })), { code: "LIMIT_EXCEEDED" });
    const greedy = Buffer.from(
      zstdCompressSync(randomBytes(1000), { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } }),
    );
    greedy[5] = 0xff;
    await assert.rejects(collect(unzstd(chunked(greedy, 1 << 20))), { code: "ARCHIVE_ZSTD_FORMAT" });
  });

  test("fails with a source that fails, and releases it when the reader stops", async () => {
    const packed = zstdCompressSync(randomBytes(3_000_000));
    let releases = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* chunked(packed, 100_000);
        throw new Error("line cut");
      } finally {
        releases += 1;
      }
    }
    await assert.rejects(collect(unzstd(source())), /line cut/);
    for await (const chunk of unzstd(source())) if (chunk.length > 0) break;
    assert.equal(releases, 2);
  });
});

describe("zstd", () => {
  const large = Buffer.concat([randomBytes(5_000_000), Buffer.alloc(4_000_000, content)]);

  test("is read by zlib and by ourselves", async () => {
    for (const bytes of [Buffer.alloc(0), content, large.subarray(0, 4 * 1024 * 1024)]) {
      const packed = await collect(zstd(chunked(bytes, 100_000)));
      assert.ok(zstdDecompressSync(packed).equals(bytes));
    }
    assert.ok((await collect(unzstd(zstd(chunked(large, 100_000))))).equals(large));
  });

  test("gives bytes that do not depend on how the input is cut", async () => {
    const expected = await collect(zstd(chunked(large, large.length)));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 10_000, max: 6_000_000 }), async (chunkBytes) => {
        assert.ok((await collect(zstd(chunked(large, chunkBytes)))).equals(expected));
      }),
      { numRuns: 6 },
    );
  });

  test("states length and checksum, so that damage is found", async () => {
    const packed = await collect(zstd(chunked(content, 100)));
    assert.equal((packed[4] ?? 0) & 0b0010_0100, 0b0010_0100);
    for (let offset = 4; offset < packed.length; offset += 1) {
      const changed = Buffer.from(packed);
      changed[offset] = (changed[offset] ?? 0) ^ 1;
      const result = await collect(unzstd(chunked(changed, 50))).catch(() => content);
      assert.ok(result.equals(content));
    }
  });
});
