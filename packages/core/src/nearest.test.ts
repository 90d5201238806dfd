import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

test("a slip of the finger finds its word", () => {
  assert.equal(nearest("publisj", ["resolve", "publish"]), "publish");
  assert.equal(nearest("pacakges", ["packages", "paths"]), "packages");
});

test("nothing is suggested when nothing is near", () => {
  assert.equal(nearest("zzz", ["resolve"]), undefined);
  assert.equal(nearest("x", []), undefined);
});
