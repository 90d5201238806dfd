import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "./go-duration.ts";

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
