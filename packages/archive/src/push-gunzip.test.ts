import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { isEngineError } from "@apkmill/core";
import { openDirectInflate, wholeInflate, type DirectInflate } from "./direct-inflate.ts";
import type { GunzipOptions } from "./gunzip.ts";
import { createPushGunzip } from "./push-gunzip.ts";

const content = Buffer.from("all that glisters is not gold; ".repeat(40));
const member = gzipSync(content);

/** Everything that comes out of `packed`, pushed in pieces. */
function unpack(
  packed: Buffer,
  chunkBytes: number,
  engine: DirectInflate,
  options: GunzipOptions = {},
): Buffer | string {
  const pieces: Buffer[] = [];
  const gunzip = createPushGunzip((piece) => pieces.push(Buffer.from(piece)), options, engine);
  try {
    for (let at = 0; at < packed.length; at += chunkBytes) gunzip.push(packed.subarray(at, at + chunkBytes));
    gunzip.end();
    return Buffer.concat(pieces);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return error.code;
  } finally {
    gunzip.close();
  }
}

const engines: readonly (readonly [name: string, open: () => DirectInflate])[] = [
  ["with zlib's own stream", () => openDirectInflate(1e9)],
  ["by public means only", () => wholeInflate(1e9)],
];

for (const [name, open] of engines) {
  describe(`a pushed gzip member, ${name}`, () => {
    test("is inflated, whatever the chunks", () => {
      const large = Buffer.alloc(3_000_000, content);
      for (const [bytes, packed] of [
        [content, member],
        [large, gzipSync(large)],
        [Buffer.alloc(0), gzipSync("")],
      ] as const) {
        for (const chunkBytes of [1, 7, 999, 1 << 20])
          assert.deepEqual(unpack(packed, chunkBytes, open()), bytes, String(chunkBytes));
      }
    });

    test("is refused when anything stands behind it, or it ends early", () => {
      for (const chunkBytes of [1, 5, member.length, 1 << 20]) {
        for (const tail of [member, Buffer.from([0]), Buffer.alloc(3000)])
          assert.equal(unpack(Buffer.concat([member, tail]), chunkBytes, open()), "ARCHIVE_GZIP_TRAILING");
        for (let length = 0; length < member.length; length += 1)
          assert.equal(unpack(member.subarray(0, length), chunkBytes, open()), "ARCHIVE_GZIP_TRUNCATED");
      }
    });

    test("is refused or unharmed when a byte of it changes", () => {
      for (let offset = 0; offset < member.length; offset += 1) {
        for (const mask of [1, 0x80, 0xff]) {
          const changed = Buffer.from(member);
          changed[offset] = (changed[offset] ?? 0) ^ mask;
          const result = unpack(changed, 64, open());
          if (typeof result === "string") assert.match(result, /^ARCHIVE_GZIP_/, String(offset));
          else assert.deepEqual(result, content, String(offset));
        }
      }
    });

    test("ends at its limit", () => {
      const bomb = gzipSync(Buffer.alloc(20_000_000));
      assert.equal(unpack(bomb, 100, open(), { limitBytes: 1_000_000 }), "LIMIT_EXCEEDED");
      const wide = gzipSync(Buffer.alloc(80 << 20));
      assert.equal(unpack(wide, 1 << 16, open(), { ratio: 10 }), "LIMIT_EXCEEDED");
    });
  });
}

test("what a Node without that stream must hold in memory has its own bound", () => {
  assert.equal(unpack(gzipSync(Buffer.alloc(20_000_000)), 1000, wholeInflate(1_000_000)), "LIMIT_EXCEEDED");
});
