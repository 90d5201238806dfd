import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isEngineError } from "@apkmill/core";
import { encodePayload, wordsOf, type AdbValue } from "../testing/adb-writer.ts";
import { AdbValues, type AdbNode } from "./values.ts";

const subject = { kind: "APK", what: "test" } as const;

function rootOf(payload: Buffer): AdbNode {
  return new AdbValues(payload, subject).root();
}

test("every kind of value is read as it was written", () => {
  const long = Buffer.alloc(300, 1);
  const longer = Buffer.alloc(70_000, 2);
  const root = rootOf(
    encodePayload({
      1: "text",
      2: long,
      3: longer,
      4: 7,
      5: 2 ** 28,
      6: 2n ** 40n,
      7: ["a", undefined, "b"],
      8: { 2: 1 },
      10: "ä€😀",
    }).payload,
  );
  assert.equal(root.text(1), "text");
  assert.ok(root.blob(2)?.equals(long));
  assert.ok(root.blob(3)?.equals(longer));
  assert.deepEqual(
    [4, 5, 6].map((slot) => root.integer(slot)),
    [7, 2 ** 28, 2 ** 40],
  );
  assert.deepEqual(root.node(7)?.texts(), ["a", "", "b"]);
  assert.equal(root.node(8)?.integer(2), 1);
  assert.equal(root.text(10), "ä€😀");
});

test("what is not there is null, also behind the last slot", () => {
  const root = rootOf(encodePayload({ 2: 1 }).payload);
  for (const slot of [1, 3, 1000]) {
    assert.equal(root.word(slot), 0);
    assert.deepEqual(
      [root.integer(slot), root.blob(slot), root.node(slot), root.text(slot)],
      [undefined, undefined, undefined, ""],
    );
  }
});

const far = 0x0fff_fff0;

const broken: readonly (readonly [why: string, value: AdbValue, read: (root: AdbNode) => unknown])[] = [
  ["bytes outside", { word: 0x8000_0000 + far }, (root) => root.blob(1)],
  ["bytes that end outside", { word: 0xa000_0004 }, (root) => root.blob(1)],
  ["an object outside", { word: 0xe000_0000 + far }, (root) => root.node(1)],
  ["an object with no slot for its count", { word: 0xe000_0000 }, (root) => root.node(1)],
  ["an object off its alignment", { word: 0xe000_0009 }, (root) => root.node(1)],
  ["an object of more slots than there are bytes", { word: 0xe000_0004 }, (root) => root.node(1)],
  ["a number outside", { word: 0x2000_0000 + far }, (root) => root.integer(1)],
  ["a long number whose half is outside", { word: 0x3000_0010 }, (root) => root.integer(1)],
  ["a number beyond what can be counted", 2n ** 63n, (root) => root.integer(1)],
  ["a type that there is not", { word: 0x7000_0000 }, (root) => root.integer(1)],
  ["text where a number belongs", "text", (root) => root.integer(1)],
  ["a number where text belongs", 1, (root) => root.text(1)],
  ["a number where a list belongs", 1, (root) => root.node(1)],
  ["true where text belongs", { word: 1 }, (root) => root.text(1)],
  ["text that is not UTF-8", Buffer.from([0xff, 0x41]), (root) => root.text(1)],
  ["a list with a hole where objects belong", [undefined, { 1: 1 }], (root) => [...(root.node(1)?.objects() ?? [])]],
];

for (const [why, value, read] of broken) {
  test(`${why} is refused`, () => {
    assert.throws(() => read(rootOf(encodePayload({ 1: value }).payload)), { code: "APK_FORMAT" });
  });
}

test("metadata without a header, of a later version or without a root is refused", () => {
  const { payload } = encodePayload({ 1: 1 });
  const later = Buffer.from(payload);
  later[0] = 1;
  for (const bytes of [Buffer.alloc(0), payload.subarray(0, 7), Buffer.alloc(8), later]) {
    assert.throws(() => rootOf(bytes), { code: "APK_FORMAT" });
  }
});

test("references that fan out end when they have read the payload a few times over", () => {
  // Twenty levels of lists, each of which names the next one a thousand times.
  const levels = 20;
  const width = 1000;
  const slots = width + 1;
  const placeOf = (level: number): number => 8 + 4 * slots * level;
  const words = [0, 0xe000_0000 + placeOf(0)];
  for (let level = 1; level <= levels; level += 1) {
    words.push(slots, ...Array.from({ length: width }, () => 0xe000_0000 + placeOf(level % levels)));
  }
  let visited = 0;
  const walk = (node: AdbNode): void => {
    visited += node.length;
    for (const child of node.objects()) walk(child);
  };
  assert.throws(
    () => {
      walk(rootOf(wordsOf(words)));
    },
    { code: "APK_FORMAT" },
  );
  assert.ok(visited < 10 * words.length + 65_536);
});

test("any bytes are read or refused, and nothing else", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 64 }), { maxLength: 60 }),
      fc.array(fc.constantFrom(1, 2, 3, 8, 9, 10, 13, 14), { maxLength: 60 }),
      (places, types) => {
        const words = places.map((place, index) => (((types[index] ?? 0) << 28) | place) >>> 0);
        try {
          const root = rootOf(wordsOf([0, 0xe000_0008, ...words]));
          for (let slot = 0; slot < 70; slot += 1) {
            for (const read of [() => root.integer(slot), () => root.text(slot), () => root.node(slot)?.texts()]) {
              try {
                read();
              } catch (error) {
                if (!isEngineError(error)) throw error;
              }
            }
          }
        } catch (error) {
          if (!isEngineError(error)) throw error;
        }
      },
    ),
  );
});
