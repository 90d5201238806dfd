import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "./go-duration.ts";
import { parseInteger } from "./scalars.ts";

const integers: readonly (readonly [string, number | undefined])[] = [
  ["0", 0],
  ["42", 42],
  ["+7", 7],
  ["-7", -7],
  ["0755", 493],
  ["0o755", 493],
  ["0x1F", 31],
  ["0b101", 5],
  ["1_000", 1000],
  ["3.0", 3],
  ["1.5e1", 15],
  ["3.5", undefined],
  ["08", undefined],
  ["x", undefined],
  ["", undefined],
  ["9007199254740993", undefined],
];

for (const [spelling, value] of integers) {
  test(`the integer ${JSON.stringify(spelling)} is ${String(value)}`, () => {
    assert.equal(parseInteger(spelling), value);
  });
}

const durations: readonly (readonly [string, number | undefined])[] = [
  ["0", 0],
  ["90s", 90_000],
  ["2h30m", 9_000_000],
  ["1.5h", 5_400_000],
  ["300ms", 300],
  ["-1s", -1000],
  [".5m", 30_000],
  ["3600", undefined],
  ["1d", undefined],
  ["", undefined],
  ["1h ", undefined],
];

for (const [spelling, milliseconds] of durations) {
  test(`the duration ${JSON.stringify(spelling)} is ${String(milliseconds)} ms`, () => {
    assert.equal(parseDuration(spelling), milliseconds);
  });
}
