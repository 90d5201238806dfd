import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIgnoreRules } from "./ignore-rules.ts";

const rows: readonly (readonly [pattern: string, path: string, isDirectory: boolean, ignored: boolean])[] = [
  ["*.o", "a.o", false, true],
  ["*.o", "deep/er/a.o", false, true],
  ["*.o", "a.obj", false, false],
  ["/a", "a", false, true],
  ["/a", "b/a", false, false],
  ["a/b", "a/b", false, true],
  ["a/b", "c/a/b", false, false],
  ["build/", "build", true, true],
  ["build/", "x/build", true, true],
  ["build/", "build", false, false],
  ["a/**", "a/b/c", false, true],
  ["a/**", "a", true, false],
  ["a/**/z", "a/z", false, true],
  ["a/**/z", "a/b/c/z", false, true],
  ["**/z", "z", false, true],
  ["a*c", "a/c", false, false],
  ["a?c", "abc", false, true],
  ["a?c", "a/c", false, false],
  ["[ab].c", "a.c", false, true],
  ["[!ab].c", "a.c", false, false],
  ["[a-c].c", "b.c", false, true],
  ["[z-a].c", "b.c", false, false],
  ["# comment", "# comment", false, false],
  ["\\#x", "#x", false, true],
  ["\\!x", "!x", false, true],
  ["a.b", "axb", false, false],
  ["*\n!keep", "keep", false, false],
  ["*\n!keep", "drop", false, true],
  ["!a\na", "a", false, true],
  ["a   ", "a", false, true],
  ["", "a", false, false],
  ["(x){2}", "(x){2}", false, true],
];

for (const [pattern, path, isDirectory, ignored] of rows) {
  const what = isDirectory ? "directory" : "file";
  test(`${JSON.stringify(pattern)} ${ignored ? "ignores" : "keeps"} the ${what} ${path}`, () => {
    assert.equal(parseIgnoreRules(pattern).ignores(path, isDirectory), ignored);
  });
}
