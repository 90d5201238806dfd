import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestNames, suggestName } from "./nearest.ts";

const keys = ["environment", "pipeline", "subpackages", "package", "vars", "var-transforms", "update", "test"];

const slips: readonly (readonly [string, string | undefined])[] = [
  ["enviroment", "environment"],
  ["enviornment", "environment"],
  ["pipelines", "pipeline"],
  ["Package", "package"],
  ["var_transforms", "var-transforms"],
  ["transforms-var", "var-transforms"],
  ["zzz", undefined],
];

for (const [slip, meant] of slips) {
  test(`${slip} is taken for ${String(meant)}`, () => {
    assert.equal(nearestNames(slip, keys)[0], meant);
  });
}

test("a hint names what is near, or the alternative", () => {
  assert.equal(suggestName("vers", ["vars", "verb", "x"]), "did you mean `vars` or `verb`?");
  assert.equal(suggestName("qqqqqq", keys, "look it up"), "look it up");
});
