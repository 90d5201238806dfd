import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matchVersion } from "../version.ts";
import { violationsOf, type CheckedPackage } from "./satisfaction.ts";

function sketch(name: string, more: Partial<CheckedPackage> = {}): CheckedPackage {
  return { name, version: "1", depends: [], provides: [], checksum: "", ...more };
}

test("a set that has all that is asked for violates nothing", () => {
  const a = sketch("a", { depends: ["b>=1", "x<2", "!c", "!x=3"], provides: ["y", "x=1"] });
  assert.deepEqual(violationsOf(["a", "b", "!c"], [a, sketch("b", { provides: ["y"] })]), []);
});

test("what is missing, of another version or excluded is told, with who asks", () => {
  assert.deepEqual(violationsOf(["a", "b"], [sketch("a", { depends: ["c>1"] }), sketch("c", { depends: ["!a"] })]), [
    "world misses b",
    "a misses c>1",
    "c misses !a",
  ]);
});

test("a name that two provide is told, unless both do so without a version", () => {
  const told = violationsOf([], [sketch("a", { provides: ["x=1"] }), sketch("b", { provides: ["x"] })]);
  assert.deepEqual(told, ["x is provided more than once"]);
  assert.deepEqual(violationsOf([], [sketch("a"), sketch("a", { version: "2" })]), ["a is provided more than once"]);
});

test("a package may exclude what it provides itself", () => {
  assert.deepEqual(violationsOf(["a"], [sketch("a", { depends: ["!x"], provides: ["x=1"] })]), []);
});

test("an identity is asked for by its text", () => {
  assert.deepEqual(violationsOf(["a><Q1x="], [sketch("a", { checksum: "Q1x=" })]), []);
  assert.deepEqual(violationsOf(["a><Q1y="], [sketch("a", { checksum: "Q1x=" })]), ["world misses a><Q1y="]);
});

test("it compares versions as the engine does, though with other code", () => {
  const version = fc.stringMatching(
    /^[0-9]{1,2}(\.[0-9]{1,2}){0,2}[ab]?(_(alpha|rc|p|git)[0-9]?){0,2}(~[0-9a])?(-r[0-9]{1,2})?$/,
  );
  const operator = fc.constantFrom("<", "<=", "=", ">=", ">", "~", "<~", ">~");
  fc.assert(
    fc.property(version, operator, version, (provided, sign, wanted) => {
      const met = violationsOf([`a${sign}${wanted}`], [sketch("a", { version: provided })]).length === 0;
      assert.equal(met, matchVersion(provided, sign, wanted));
    }),
    { numRuns: 2000 },
  );
});
