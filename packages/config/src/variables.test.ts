import assert from "node:assert/strict";
import { test } from "node:test";
import { replaceAllMatches } from "./go-expand.ts";
import { translateRe2 } from "./go-regexp.ts";
import { collectProblems } from "./problems.ts";
import { resolveVariables, type Definition } from "./variables.ts";

const place = { file: "f", line: 1, column: 1 };
const template = (text: string): Definition => ({ kind: "template", template: text, place });
const transform = (from: string, match: string, replace: string): Definition => ({
  kind: "transform",
  from,
  match,
  replace,
  place,
});

/** pattern, replacement, text, result; the results are those of Go's ReplaceAllString. */
const replacements: readonly (readonly [string, string, string, string])[] = [
  ["\\.", "_", "1.2.3", "1_2_3"],
  ["^(\\d+)\\.(\\d+).*$", "$1.$2", "3.14.15", "3.14"],
  ["^(\\d+)\\.(\\d+)$", "${1}_${2}", "3.14", "3_14"],
  ["(\\d)", "$1x", "12", ""],
  ["(\\d)", "${1}x", "12", "1x2x"],
  ["(?P<major>\\d+).*", "v$major", "12.3", "v12"],
  ["a", "$$", "banana", "b$n$n$"],
  ["a", "$", "banana", "b$n$n$"],
  ["a", "$9", "banana", "bnn"],
  ["a*", "-", "baaac", "-b-c-"],
  ["x*", "-", "abc", "-a-b-c-"],
  ["(?i)ABC", "x", "aBc", "x"],
  ["a.c", "x", "a\rc", "x"],
  ["a.c", "x", "a\nc", "a\nc"],
  ["(?s)a.c", "x", "a\nc", "x"],
  ["(?m)^b$", "x", "a\nb\nc", "a\nx\nc"],
  ["\\Aa|c\\z", "x", "abc", "xbx"],
  ["[[:digit:]]+", "#", "a12b", "a#b"],
  ["[^[:alpha:]-]", "", "a-1_b", "a-b"],
  ["\\s", "_", "a\u00a0b c", "a\u00a0b_c"],
  ["\\Qa.b\\E", "x", "a.b axb", "x axb"],
  ["\\pL+", "x", "é1", "x1"],
  ["\\p{Greek}", "g", "aλ", "ag"],
  ["\\x{41}|\\x42|\\103", "x", "ABCD", "xxxD"],
  ["{}", "x", "a{}", "ax"],
  ["a{2}", "x", "aaa", "xa"],
  ["[]a]", "x", "]a", "xx"],
  ["[+\\-.]", "_", "1+2-3.4", "1_2_3_4"],
  ["-", "_", "a-b", "a_b"],
  ["\\-", "_", "a-b", "a_b"],
];

for (const [pattern, replacement, text, result] of replacements) {
  test(`/${pattern}/ with ${replacement} makes ${JSON.stringify(text)} ${JSON.stringify(result)}`, () => {
    assert.equal(replaceAllMatches(text, translateRe2(pattern), replacement), result);
  });
}

for (const pattern of [
  "(?=a)",
  "(?!a)",
  "(?<=a)",
  "(a)\\1",
  "[a",
  "(a",
  "a(?i)b",
  "(?i:a)",
  "\\K",
  "[[:nope:]]",
  "a\\",
]) {
  test(`/${pattern}/ is no RE2 pattern here`, () => {
    assert.throws(() => translateRe2(pattern), SyntaxError);
  });
}

test("values refer to each other in any order", () => {
  const problems = collectProblems();
  const lookup = resolveVariables(
    [
      { name: "vars.b", definition: template("<${{vars.a}}>") },
      { name: "vars.a", definition: template("${{vars.major}}.x") },
      { name: "vars.major", definition: transform("${{package.version}}", "\\..*", "") },
      { name: "package.version", definition: template("3.14") },
    ],
    problems,
  );
  assert.equal(lookup("vars.b"), "<3.x>");
  assert.equal(lookup("vars.none"), undefined);
  assert.deepEqual(problems.list(), []);
});

test("a transform may chain on, or overwrite, what stands before it", () => {
  const lookup = resolveVariables(
    [
      { name: "vars.v", definition: template("1.2") },
      { name: "vars.v", definition: transform("${{vars.v}}", "\\.", "_") },
      { name: "vars.w", definition: transform("${{vars.v}}", "_", "-") },
    ],
    collectProblems(),
  );
  assert.equal(lookup("vars.v"), "1_2");
  assert.equal(lookup("vars.w"), "1-2");
});

test("a circle of values is reported and ends", () => {
  const problems = collectProblems();
  const lookup = resolveVariables(
    [
      { name: "vars.a", definition: template("${{vars.b}}") },
      { name: "vars.b", definition: template("${{vars.a}}") },
    ],
    problems,
  );
  assert.equal(lookup("vars.a"), "");
  assert.deepEqual(
    problems.list().map(({ code }) => code),
    ["CONFIG_VARIABLE_CYCLE"],
  );
});

test("a pattern that is none is reported", () => {
  const problems = collectProblems();
  resolveVariables([{ name: "vars.a", definition: transform("x", "(", "") }], problems)("vars.a");
  assert.deepEqual(
    problems.list().map(({ code }) => code),
    ["CONFIG_BAD_VALUE"],
  );
});
