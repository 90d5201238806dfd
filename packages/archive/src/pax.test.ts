import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodePaxRecords, parsePaxRecords } from "./pax.ts";

test("a record counts its own length, across the digits' edges", () => {
  for (const [key, value, expected] of [
    ["a", "b", "6 a=b\n"],
    ["path", "x", "9 path=x\n"],
    ["paths", "x", "11 paths=x\n"],
    ["k", "v".repeat(93), `99 k=${"v".repeat(93)}\n`],
    ["k", "v".repeat(94), `101 k=${"v".repeat(94)}\n`],
  ] as const) {
    assert.equal(encodePaxRecords(new Map([[key, value]])).toString(), expected);
  }
});

test("records are sorted by key", () => {
  const bytes = encodePaxRecords(
    new Map([
      ["path", "p"],
      ["SCHILY.xattr.user.a", "1"],
      ["APK-TOOLS.checksum.SHA1", "2"],
    ]),
  );
  assert.deepEqual([...parsePaxRecords(bytes, "t").keys()], ["APK-TOOLS.checksum.SHA1", "SCHILY.xattr.user.a", "path"]);
});

test("what is written is read back, bytes of any kind", () => {
  const key = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme-ascii" }).filter((text) => !text.includes("="));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 2000 })), { maxLength: 5 }), (pairs) => {
      const records = new Map(pairs);
      const read = parsePaxRecords(encodePaxRecords(records), "t");
      assert.deepEqual(
        new Map([...read].map(([name, value]) => [name, Buffer.from(value).toString("hex")])),
        new Map([...records].map(([name, value]) => [name, Buffer.from(value).toString("hex")])),
      );
    }),
    { numRuns: 200 },
  );
});

test("malformed records are refused", () => {
  for (const text of [
    "6 a=b",
    "7 a=b\n",
    "5 a=b\n",
    "a=b\n",
    "06 a=b\n",
    "5 =b\n",
    "5 ab\n",
    "6 a=b\n6 a",
    "99999999999 a=b\n",
  ]) {
    assert.throws(() => parsePaxRecords(Buffer.from(text), "t"), { code: "ARCHIVE_TAR_FORMAT" }, JSON.stringify(text));
  }
});
