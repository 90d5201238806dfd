import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatByteSize, parseByteSize } from "./byte-size.ts";

test("a size is a whole number with a binary unit or none", () => {
  const rows: [text: string, bytes: number | undefined][] = [
    ["0", 0],
    ["512", 512],
    ["512B", 512],
    ["1KiB", 1024],
    ["64MiB", 67_108_864],
    ["2GiB", 2_147_483_648],
    ["8191TiB", 8191 * 2 ** 40],
    ["8192TiB", undefined],
    ["", undefined],
    ["MiB", undefined],
    ["1MB", undefined],
    ["1 MiB", undefined],
    ["1.5MiB", undefined],
    ["-1", undefined],
  ];
  for (const [text, bytes] of rows) assert.equal(parseByteSize(text), bytes, text);
});

test("a size is printed in the largest unit that leaves at least one", () => {
  assert.deepEqual([0, 1023, 1024, 1536, 3 * 2 ** 30].map(formatByteSize), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "3.0 GiB",
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1023 }), fc.constantFrom("B", "KiB", "MiB", "GiB"), (count, unit) => {
      const bytes = parseByteSize(`${String(count)}${unit}`);
      if (count > 0)
        assert.equal(formatByteSize(bytes ?? 0), `${unit === "B" ? String(count) : count.toFixed(1)} ${unit}`);
    }),
  );
});
