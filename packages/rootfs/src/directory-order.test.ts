import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes } from "@apkmill/core";
import { listedOrder } from "./directory-order.ts";

const names = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(3, "0")}`);

test("directories keep the order of the archive", () => {
  assert.deepEqual(listedOrder(["usr", "usr/lib", "usr/bin", "etc"]), ["usr", "usr/lib", "usr/bin", "etc"]);
  assert.deepEqual(listedOrder(names(200, "d")), names(200, "d"));
});

test("up to 32 that follow out of order stay so, one more puts all in order", () => {
  const late = (count: number): string[] => ["z", ...names(count, "a")];
  assert.deepEqual(listedOrder(late(32)), late(32));
  assert.deepEqual(listedOrder(late(33)), [...names(33, "a"), "z"]);
});

test("after that the archive's order counts again", () => {
  const listed = listedOrder(["z", ...names(33, "a"), "zz", "b"]);
  assert.deepEqual(listed.slice(-4), ["a032", "z", "zz", "b"]);
});

test("no directory is lost, and few are never sorted", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 100 }), (paths) => {
      const listed = listedOrder(paths);
      assert.deepEqual([...listed].sort(compareBytes), [...paths].sort(compareBytes));
      if (paths.length <= 32) assert.deepEqual(listed, paths);
    }),
  );
});
