import assert from "node:assert/strict";
import { test } from "node:test";
import { flagInput, parseList } from "./inputs.ts";
import { code, codeBlock, escapeMarkdown, formatSize, table } from "./markdown.ts";
import { escapeData, inert } from "./runner-log.ts";

test("a list is split at lines and commas, without comments and empty items", () => {
  assert.deepEqual(parseList("a, b\n\n# not this\n  c  \n,"), ["a", "b", "c"]);
  assert.deepEqual(parseList(""), []);
});

test("only the words true and false are flags", () => {
  const read = (value: string): boolean => {
    process.env["INPUT_X"] = value;
    return flagInput("x");
  };
  assert.deepEqual(["true", "True", "TRUE"].map(read), [true, true, true]);
  assert.deepEqual(["false", "False", "FALSE"].map(read), [false, false, false]);
  for (const value of ["", "yes", "1", "tRUE", "no"]) assert.throws(() => read(value), { code: "ACTION_INPUT" }, value);
});

test("no line of a build becomes a workflow command", () => {
  for (const line of ["::set-output name=x::y", "  ::error::no", "\t::add-mask::x", "text ##[error]x"]) {
    const quiet = inert(line);
    assert.ok(!/^\s*::/.test(quiet) && !quiet.includes("##["), quiet);
  }
  assert.equal(inert("a normal :: line"), "a normal :: line");
  assert.equal(inert("\u001b[31mred\u001b[0m \u001b[2Jclear\u0007"), "\u001b[31mred\u001b[0m clear");
});

test("a command's message keeps its newlines and percent signs", () => {
  assert.equal(escapeData("50%\nnext"), "50%25%0Anext");
});

test("a cell of a table cannot leave it", () => {
  assert.equal(
    table(["a"], [["x | y\n<b>"], [code("a|b`c")]]),
    "| a |\n| --- |\n| x \\| y &lt;b&gt; |\n| `a\\|bc` |\n",
  );
  assert.equal(escapeMarkdown("[x](y)"), "\\[x\\](y)");
});

test("a fence is longer than what it holds", () => {
  assert.equal(codeBlock(["a ``` b"]), "````shell\na ``` b\n````\n");
});

test("sizes are for people", () => {
  assert.deepEqual([0, 999, 1000, 1_234_567, 5e9].map(formatSize), ["0 B", "999 B", "1.0 kB", "1.2 MB", "5.0 GB"]);
});
