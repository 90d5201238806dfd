import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withCode } from "./testing/bench.ts";
import { splitWords } from "./words.ts";

const cases: readonly [string, string[]][] = [
  ["", []],
  ["  ", []],
  ["/bin/sh -l", ["/bin/sh", "-l"]],
  ["  a\tb\nc ", ["a", "b", "c"]],
  [`/bin/sh -c "echo 'a b'"`, ["/bin/sh", "-c", "echo 'a b'"]],
  [`--flag "two words"`, ["--flag", "two words"]],
  [`'single \\ "quote"'`, [`single \\ "quote"`]],
  [`"a\\"b\\\\c\\$d\\e"`, [`a"b\\c$de`]],
  [`a\\ b`, ["a b"]],
  [`x"y"'z'`, ["xyz"]],
  [`"" ''`, ["", ""]],
  ["$HOME `x` *", ["$HOME", "`x`", "*"]],
  ["# a comment", []],
  ["a # b 'c\n d#e #f", ["a", "d#e"]],
  [`""#a \\#b \\ #c`, ["#a", "#b", " #c"]],
  ["a\u00a0b\fc\vd", ["a\u00a0b\fc\vd"]],
  ["a\\\nb", ["a\nb"]],
];

describe("a command", () => {
  for (const [text, words] of cases) {
    test(`${JSON.stringify(text)} has the words ${JSON.stringify(words)}`, () => {
      assert.deepEqual(splitWords(text, "cmd"), words);
    });
  }

  for (const text of [`"open`, `'open`, `a "b\\"`, "end\\"]) {
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => splitWords(text, "cmd"), withCode("IMAGE_SYNTAX"));
    });
  }
});
