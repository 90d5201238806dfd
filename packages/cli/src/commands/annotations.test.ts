import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CliError } from "../cli-error.ts";
import { readAnnotations } from "./annotations.ts";

describe("--annotations", () => {
  const cases: readonly [string[], Record<string, string>][] = [
    [[], {}],
    [["a:b", "c.d-e:f:g"], { a: "b", "c.d-e": "f:g" }],
    [["a:b,c:d"], { a: "b", c: "d" }],
    [["description:Hello, world, A:b"], { description: "Hello, world, A:b" }],
  ];
  for (const [texts, annotations] of cases) {
    test(`${JSON.stringify(texts)} says ${JSON.stringify(annotations)}`, () => {
      assert.deepEqual(readAnnotations(texts), annotations);
    });
  }

  for (const texts of [["a"], ["A:b"], ["a:"], ["a:b", "a:c"], ["a:b,a:b"]]) {
    test(`${JSON.stringify(texts)} is refused`, () => {
      assert.throws(() => readAnnotations(texts), CliError);
    });
  }
});
