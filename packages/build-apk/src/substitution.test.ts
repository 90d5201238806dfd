import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { collectCompileProblems } from "./compile-problems.ts";
import { evaluateCondition } from "./condition.ts";
import { extendScope, scopeOf, substitute, substituteCondition } from "./substitution.ts";

const place = { file: "f.yaml", line: 2, column: 9, spelling: "a ${{x}} ${{y}} ${{x}}" };

test("references without a value are reported, each at its place", () => {
  const problems = collectCompileProblems();
  const text = substitute("a ${{x}} ${{y}} ${{x}}", scopeOf({ y: "1" }), place, problems);
  assert.equal(text, "a ${{x}} 1 ${{x}}");
  assert.deepEqual(
    problems.list().map(({ code, context }) => [code, context.line, context.column]),
    [
      ["COMPILE_UNKNOWN_VARIABLE", 2, 11],
      ["COMPILE_UNKNOWN_VARIABLE", 2, 25],
    ],
  );
});

test("a reference that is none is reported", () => {
  const problems = collectCompileProblems();
  substitute("${{ a b }}", scopeOf({}), undefined, problems);
  assert.deepEqual(
    problems.list().map(({ code }) => code),
    ["COMPILE_BAD_REFERENCE"],
  );
});

test("inner names hide outer ones", () => {
  const scope = extendScope(scopeOf({ a: "outer", b: "outer" }), scopeOf({ a: "inner" }));
  assert.equal(substitute("${{a}} ${{b}}", scope, undefined, collectCompileProblems()), "inner outer");
});

test("values are put in once, whatever they contain", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, value) => {
      fc.pre(!before.includes("${{") && !before.endsWith("$") && !before.endsWith("${"));
      const problems = collectCompileProblems();
      const scope = scopeOf({ a: `${value}\${{a}}` });
      assert.equal(substitute(`${before}\${{a}}`, scope, undefined, problems), `${before}${value}\${{a}}`);
      assert.deepEqual(problems.list(), []);
    }),
  );
});

test("a condition compares any value as the text it is, within quotes and without", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const problems = collectCompileProblems();
      for (const written of ["${{a}} == ${{b}}", "'${{a}}' == ${{b}}", "\"${{a}}\" == '${{b}}'"]) {
        const condition = substituteCondition(written, scopeOf({ a: value, b: value }), undefined, problems);
        assert.deepEqual(evaluateCondition(condition), { ok: true, holds: true });
      }
    }),
  );
});
