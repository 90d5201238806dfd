import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { wrap, wrappings } from "../testing/adb-writer.ts";
import { unwrapBytes } from "./unwrap-bytes.ts";
import { unwrapStream } from "./unwrap-stream.ts";

const subject = { kind: "INDEX", what: "test" } as const;
const limits = { limitBytes: 1 << 24, ratio: 200 };
const content = Buffer.from(`ADB.indx${Array.from({ length: 5000 }, (_, index) => String(index * 7919)).join(" ")}`);

/** Both readers, the second with its input in pieces; they must agree. */
async function unwrapBoth(file: Buffer, pieceBytes = 1000, limit = limits): Promise<Buffer> {
  const whole = await outcome(() => Promise.try(() => unwrapBytes(file, subject, limit)));
  const streamed = await outcome(() => collect(unwrapStream(pieces(file, pieceBytes), subject, limit)));
  assert.deepEqual(streamed, whole);
  if (Buffer.isBuffer(whole)) return whole;
  throw new Error(whole);
}

async function outcome(read: () => Promise<Buffer>): Promise<Buffer | string> {
  return read().catch((error: unknown) => String((error as { code?: string }).code));
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

async function* pieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

test("every wrapping gives the content back, in whatever pieces it comes", async () => {
  for (const wrapping of wrappings) {
    const file = wrap(content, wrapping);
    for (const pieceBytes of [97, 4096, file.length]) {
      assert.ok((await unwrapBoth(file, pieceBytes)).equals(content), `${wrapping} ${String(pieceBytes)}`);
    }
  }
});

test("what does not begin as a v3 file of a known compression is refused", async () => {
  const rows = [
    "",
    "A",
    "ADB",
    "ADBx\0\0",
    "ADBc",
    "ADBc\x01",
    "ADBc\x03\x01",
    "ADBc\0\x01ADB.",
    "ADBc\x01\x0a",
    "ADBc\x02\x17",
    "adb.",
  ];
  for (const row of rows)
    await assert.rejects(unwrapBoth(Buffer.from(row, "latin1")), { message: "INDEX_FORMAT" }, row);
});

test("bytes behind the end of the compressed content are refused, wherever a chunk ends", async () => {
  for (const wrapping of ["deflate", "c-deflate", "c-zstd"] as const) {
    const file = wrap(content.subarray(0, 500), wrapping);
    const tails = [
      Buffer.from([0]),
      Buffer.alloc(64),
      file.subarray(6),
      zstdCompressSync(content),
      Buffer.from("ADB."),
    ];
    for (const tail of tails) {
      for (const pieceBytes of [1, 50, file.length, 1 << 20]) {
        await assert.rejects(unwrapBoth(Buffer.concat([file, tail]), pieceBytes), { message: "INDEX_FORMAT" });
      }
    }
  }
});

test("a stream that ends early is refused at every length", async () => {
  for (const wrapping of ["deflate", "c-deflate", "c-zstd"] as const) {
    const file = wrap(content.subarray(0, 400), wrapping);
    for (let length = 0; length < file.length; length += 1) {
      await assert.rejects(unwrapBoth(file.subarray(0, length)), { message: "INDEX_FORMAT" }, String(length));
    }
  }
});

test("bits behind the end of a deflate stream must not be set", async () => {
  const found = new Set<number>();
  for (let length = 9; length < 60; length += 1) {
    const file = wrap(content.subarray(0, length), "deflate");
    assert.ok((await unwrapBoth(file)).equals(content.subarray(0, length)));
    for (let bit = 7; bit >= 0; bit -= 1) {
      const changed = Buffer.from(file);
      const last = file.length - 1;
      changed[last] = (changed[last] ?? 0) ^ (1 << bit);
      const same = await unwrapBoth(changed).then(
        (bytes) => bytes.equals(content.subarray(0, length)),
        () => false,
      );
      assert.equal(same, false, `bit ${String(bit)} behind ${String(length)} bytes`);
      if (changed[last] > (file[last] ?? 0)) found.add(bit);
    }
  }
  assert.ok(found.has(7) && found.has(4), "the streams end at several places of a byte");
});

test("frames of zstd are told from what follows, with checksum, content size and repeated bytes", async () => {
  const inputs = [
    Buffer.alloc(0),
    Buffer.alloc(300_000),
    content,
    Buffer.concat([content, Buffer.alloc(200_000), content]),
  ];
  for (const input of inputs) {
    for (const [checksum, contentSize, level] of [
      [0, 0, 1],
      [1, 1, 19],
      [1, 0, 3],
    ] as const) {
      const params = {
        [constants.ZSTD_c_checksumFlag]: checksum,
        [constants.ZSTD_c_contentSizeFlag]: contentSize,
        [constants.ZSTD_c_compressionLevel]: level,
      };
      const file = Buffer.concat([Buffer.from("ADBc\x02\x03", "latin1"), zstdCompressSync(input, { params })]);
      for (const pieceBytes of [333, file.length]) assert.ok((await unwrapBoth(file, pieceBytes)).equals(input));
      await assert.rejects(unwrapBoth(Buffer.concat([file, Buffer.alloc(1)])), { message: "INDEX_FORMAT" });
    }
  }
});

test("no frame, a skippable frame and set reserved bits are refused", async () => {
  const start = Buffer.from("ADBc\x02\x03", "latin1");
  const frame = zstdCompressSync(content);
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0]);
  const reserved = Buffer.from(frame);
  reserved[4] = (reserved[4] ?? 0) | 0x10;
  for (const bytes of [Buffer.alloc(0), skippable, Buffer.concat([skippable, frame]), reserved]) {
    await assert.rejects(unwrapBoth(Buffer.concat([start, bytes])), { message: "INDEX_FORMAT" });
  }
});

test("a bomb ends at its limit", async () => {
  const zeros = Buffer.alloc(100 << 20);
  const bombs = [
    Buffer.concat([Buffer.from("ADBd"), deflateRawSync(zeros)]),
    Buffer.concat([Buffer.from("ADBc\x02\x03", "latin1"), zstdCompressSync(zeros)]),
  ];
  for (const bomb of bombs) {
    await assert.rejects(unwrapBoth(bomb, 1 << 20, { limitBytes: 1 << 20, ratio: 200 }), { message: "LIMIT_EXCEEDED" });
    // More than 64 MiB need a sensible ratio.
    await assert.rejects(unwrapBoth(bomb, 1 << 20, { limitBytes: 1 << 30, ratio: 200 }), { message: "LIMIT_EXCEEDED" });
  }
});

test("any change of a compressed file is refused or gives some content, the same in both readers", async () => {
  const files = (["deflate", "c-zstd"] as const).map((wrapping) => wrap(content.subarray(0, 2000), wrapping));
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.integer({ min: 1, max: 900 }),
      async (at, mask, pieceBytes) => {
        for (const file of files) {
          const changed = Buffer.from(file);
          changed[at % file.length] = (changed[at % file.length] ?? 0) ^ mask;
          await unwrapBoth(changed, pieceBytes).catch((error: unknown) => {
            assert.match(String(error), /INDEX_FORMAT|LIMIT_EXCEEDED/);
          });
        }
      },
    ),
    { numRuns: 100 },
  );
});
