import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnvironment } from "./env-file.ts";

const files: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ["plain lines", "A=1\nB=two words\n", { A: "1", B: "two words" }],
  ["export, blanks and colons", "export A=1\n  B = 2\nC: 3", { A: "1", B: "2", C: "3" }],
  ["comments and empty lines", "# c\n\nA=1 # why\nB=a#b\nC=#c\n", { A: "1", B: "a#b", C: "" }],
  ["single quotes", "A='$X \\n # y' # c\n", { A: "$X \\n # y" }],
  ["double quotes", 'A="x\\n\\"y\\" # z"\n', { A: 'x\n"y" # z' }],
  ["a value over several lines", 'A="x\ny"\nB=1\n', { A: "x\ny", B: "1" }],
  ["earlier variables", 'A=1\nB=${A}2\nC="$A-$B"\nD=$NONE.\n', { A: "1", B: "12", C: "1-12", D: "." }],
  ["escaped dollars", 'A="\\$HOME"\n', { A: "$HOME" }],
  ["carriage returns", "A=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["an empty file", "", {}],
  ["the last of several", "A=1\nA=2\n", { A: "2" }],
];

for (const [what, text, variables] of files) {
  test(`an env file may hold ${what}`, () => {
    assert.deepEqual(parseEnvironment(text, "env"), variables);
  });
}

test("every line that is no assignment is reported", () => {
  assert.throws(
    () => parseEnvironment("A=1\nnonsense\nB=2\n=x\nC='open\n", "build.env"),
    (error: Error & { problems?: { context: { line?: number } }[] }) => {
      assert.deepEqual(
        error.problems?.map(({ context }) => context.line),
        [2, 4, 5],
      );
      return true;
    },
  );
});
