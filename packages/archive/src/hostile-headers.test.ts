import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { defaultLimits } from "@apkmill/core";
import { gunzip } from "./gunzip.ts";
import { firstGzipMember, splitGzipMembers } from "./gzip-member.ts";
import { encodePaxRecords, parsePaxRecords } from "./pax.ts";
import { chunked, collect, entryWith, scanAll } from "./testing/entries.ts";
import { headerChecksum } from "./tar-header.ts";
import { encodeTarHeader } from "./tar-writer.ts";

function withBytes(offset: number, bytes: Buffer): Buffer {
  const block = Buffer.from(encodeTarHeader(entryWith()));
  bytes.copy(block, offset);
  block.write(`${headerChecksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

test("a size below zero or beyond 2^53 is refused in every dialect", () => {
  const sizes = [
    Buffer.alloc(12, 0xff),
    Buffer.from([0xff, ...Buffer.alloc(10, 0xff), 0]),
    Buffer.from([0x80, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0]),
    Buffer.from("-0000000001\0"),
  ];
  for (const size of sizes) {
    assert.throws(() => scanAll(withBytes(124, size), {}), { code: "ARCHIVE_TAR_FORMAT" }, size.toString("hex"));
  }
  const most = Buffer.from([0x80, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  assert.throws(() => scanAll(withBytes(124, most), {}), { code: "LIMIT_EXCEEDED" });
});

test("any header is refused by a code or read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 512, maxLength: 512 }), fc.constantFrom("any", "apk"), (bytes, dialect) => {
      const block = Buffer.from(bytes);
      block.write("ustar\x0000", 257, "latin1");
      block.write(`${headerChecksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
      try {
        scanAll(block, { dialect });
      } catch (error) {
        assert.match(String((error as { code?: string }).code), /^(ARCHIVE_TAR_[A-Z]+|LIMIT_EXCEEDED)$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test("PAX records of any bytes are read back, and any bytes are read or refused", () => {
  const keys = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
    .filter((key) => key.isWellFormed() && !key.includes("="));
  fc.assert(
    fc.property(fc.dictionary(keys, fc.uint8Array({ maxLength: 200 })), (records) => {
      const given = new Map(Object.entries(records));
      const read = parsePaxRecords(encodePaxRecords(given), "pax");
      assert.deepEqual(
        new Map([...read].map(([key, value]) => [key, value.toString("hex")])),
        new Map([...given].map(([key, value]) => [key, Buffer.from(value).toString("hex")])),
      );
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        parsePaxRecords(Buffer.from(bytes), "pax");
      } catch (error) {
        assert.equal((error as { code?: string }).code, "ARCHIVE_TAR_FORMAT");
      }
    }),
    { numRuns: 2000 },
  );
});

test("members of any content are split at their edges", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: 6 }), (contents) => {
      const split = splitGzipMembers(Buffer.concat(contents.map((content) => gzipSync(content))));
      assert.deepEqual(
        split.map(({ content }) => content.toString("hex")),
        contents.map((content) => Buffer.from(content).toString("hex")),
      );
    }),
  );
});

test("all members of a file together, and their number, stay within their limits", () => {
  const member = gzipSync(Buffer.alloc(600));
  assert.equal(splitGzipMembers(Buffer.concat([member, member]), { limitBytes: 1200 }).length, 2);
  assert.throws(() => splitGzipMembers(Buffer.concat([member, member]), { limitBytes: 1199 }), {
    code: "LIMIT_EXCEEDED",
  });
  const limitName = "indexBytes";
  assert.throws(() => splitGzipMembers(Buffer.concat([member, member]), { limitBytes: 1199, limitName }), {
    code: "LIMIT_EXCEEDED",
    hint: /--limit index-bytes=/,
  });
  const many = Buffer.concat(Array.from({ length: 65 }, () => gzipSync("")));
  assert.throws(() => splitGzipMembers(many), { code: "LIMIT_EXCEEDED" });
});

test("what unpacks to far more than it is ends early, though its size would be allowed", async () => {
  const bomb = gzipSync(Buffer.alloc(80 * 2 ** 20), { level: 9 });
  const limitBytes = 2 ** 40;
  await assert.rejects(collect(gunzip(chunked(bomb, 4096), { limitBytes })), {
    code: "LIMIT_EXCEEDED",
    hint: /unpack-ratio/,
  });
  assert.throws(() => firstGzipMember(bomb, { limitBytes }), { code: "LIMIT_EXCEEDED" });
  const allowed = await collect(gunzip(chunked(bomb, 4096), { limitBytes, ratio: 2000 }));
  assert.equal(allowed.length, 80 * 2 ** 20);
});

test("extension headers are counted together", () => {
  const records = encodePaxRecords(new Map([["user.x", Buffer.alloc(900)]]));
  const tar = Buffer.concat(
    Array.from({ length: 5 }, (_, at) =>
      encodeTarHeader(entryWith({ path: `f${String(at)}`, pax: new Map([["user.x", "x".repeat(900)]]) })),
    ),
  );
  const limits = { ...defaultLimits, headerBytes: records.length * 5 };
  assert.equal(scanAll(tar, { limits }).items.length, 5);
  assert.throws(() => scanAll(tar, { limits: { ...limits, headerBytes: records.length * 5 - 1 } }), {
    code: "LIMIT_EXCEEDED",
  });
});

test("a path is measured in bytes", () => {
  const limits = { ...defaultLimits, pathBytes: 100 };
  assert.equal(scanAll(encodeTarHeader(entryWith({ path: "é".repeat(50) })), { limits }).items.length, 1);
  assert.throws(() => scanAll(encodeTarHeader(entryWith({ path: "é".repeat(51) })), { limits }), {
    code: "LIMIT_EXCEEDED",
  });
});

test("a gzip header in many small pieces, and a deflate stream of nothing, cost no more than their bytes", async () => {
  const named = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.alloc(70_000, 65)]);
  await assert.rejects(collect(gunzip(chunked(named, 7))), { code: "ARCHIVE_GZIP_FORMAT" });
  const nothing = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
    ...Array.from({ length: 100_000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])),
    deflateRawSync(""),
    Buffer.alloc(8),
  ]);
  assert.equal((await collect(gunzip(chunked(nothing, 65_536)))).length, 0);
});
