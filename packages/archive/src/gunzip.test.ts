import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { gunzip } from "./gunzip.ts";
import { firstGzipMember, splitGzipMembers } from "./gzip-member.ts";
import { chunked, collect } from "./testing/entries.ts";

const content = Buffer.from("all that glisters is not gold; ".repeat(40));
const member = gzipSync(content);

test("one member is inflated, whatever the chunks", async () => {
  const large = Buffer.alloc(5_000_000, content);
  const packed = gzipSync(large);
  for (const [bytes, packedBytes, chunkBytes] of [
    [content, member, 1],
    [content, member, 7],
    [content, member, 4096],
    [large, packed, 1 << 20],
    [large, packed, 999],
    [Buffer.alloc(0), gzipSync(""), 3],
  ] as const) {
    assert.ok((await collect(gunzip(chunked(packedBytes, chunkBytes)))).equals(bytes), String(chunkBytes));
  }
});

test("a second member or trailing bytes are refused", async () => {
  for (const tail of [member, Buffer.from([0]), Buffer.alloc(3000), Buffer.from("junk that goes on and on")]) {
    for (const chunkBytes of [5, member.length, 1 << 20]) {
      const source = chunked(Buffer.concat([member, tail]), chunkBytes);
      await assert.rejects(collect(gunzip(source)), { code: "ARCHIVE_GZIP_TRAILING" });
    }
  }
});

test("every truncation is refused", async () => {
  for (let length = 0; length < member.length; length += 1) {
    await assert.rejects(collect(gunzip(chunked(member.subarray(0, length), 40))), { code: "ARCHIVE_GZIP_TRUNCATED" });
    assert.equal(firstGzipMember(member.subarray(0, length)), undefined);
  }
});

test("every changed byte is refused or changes nothing", async () => {
  for (let offset = 0; offset < member.length; offset += 1) {
    for (const mask of [1, 0x80, 0xff]) {
      const changed = Buffer.from(member);
      changed[offset] = (changed[offset] ?? 0) ^ mask;
      const result = await collect(gunzip(chunked(changed, 64))).catch((error: unknown) => error);
      if (Buffer.isBuffer(result)) assert.ok(result.equals(content), String(offset));
      else assert.match(String((result as { code?: string }).code), /^ARCHIVE_GZIP_/, String(offset));
    }
  }
});

test("a bomb ends at the limit", async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  await assert.rejects(collect(gunzip(chunked(bomb, 100), { limitBytes: 1_000_000 })), { code: "LIMIT_EXCEEDED" });
  assert.throws(() => firstGzipMember(bomb, { limitBytes: 1_000_000 }), { code: "LIMIT_EXCEEDED" });
});

test("a source that fails fails the reader, and a reader that stops releases the source", async () => {
  let releases = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunked(member, 10);
      throw new Error("line cut");
    } finally {
      releases += 1;
    }
  }
  await assert.rejects(collect(gunzip(source())), /line cut/);
  for await (const chunk of gunzip(source())) if (chunk.length > 0) break;
  assert.equal(releases, 2);
});

test("members are split at their exact edges", () => {
  const members = [gzipSync("one"), gzipSync("two", { level: 1 }), gzipSync("")];
  const split = splitGzipMembers(Buffer.concat(members));
  assert.deepEqual(
    split.map(({ raw, content: inflated }) => [raw.toString("hex"), inflated.toString()]),
    members.map((raw, index) => [raw.toString("hex"), ["one", "two", ""][index]]),
  );
  assert.throws(() => splitGzipMembers(Buffer.concat([member, Buffer.from("x")])), { code: "ARCHIVE_GZIP_TRUNCATED" });
  assert.throws(() => splitGzipMembers(Buffer.concat([member, Buffer.from("not gzip")])), {
    code: "ARCHIVE_GZIP_FORMAT",
  });
});

test("headers with names, comments and extra fields are read", () => {
  const header = Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9]);
  const named = Buffer.concat([header, Buffer.from("name\0comment\0"), Buffer.from([1, 2]), member.subarray(10)]);
  assert.equal(firstGzipMember(named)?.content.toString(), content.toString());
  const reserved = Buffer.from(member);
  reserved[3] = 0x20;
  assert.throws(() => firstGzipMember(reserved), { code: "ARCHIVE_GZIP_FORMAT" });
});
