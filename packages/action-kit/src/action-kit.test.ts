import assert from "node:assert/strict";
import { test } from "node:test";
import { choiceInput, epochInput, flagInput, pairsInput, parseList } from "./inputs.ts";
import { code, codeBlock, escapeMarkdown, formatSize, table } from "./markdown.ts";
import { escapeData, inert, runnerLogger } from "./runner-log.ts";
import { engineEnvironment } from "./runner-ports.ts";
import { storeKey } from "./store-cache.ts";

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
  for (const line of ["\u0085::error::no", "\u180e::error::no", "\u001b[2J::error::no", "\r::error::no"]) {
    assert.ok(!/^[\s\u0085\u180e]*::/.test(inert(line)), line);
  }
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

test("a time is the input's, else SOURCE_DATE_EPOCH, else nothing", () => {
  const read = (value: string, variable?: string): number | undefined => {
    process.env["INPUT_TIME"] = value;
    if (variable === undefined) delete process.env["SOURCE_DATE_EPOCH"];
    else process.env["SOURCE_DATE_EPOCH"] = variable;
    return epochInput("time");
  };
  assert.deepEqual([read("12", "34"), read("", "34"), read("", " "), read("")], [12, 34, undefined, undefined]);
  for (const [value, variable] of [["-1"], ["1.5"], ["", "now"]] as const)
    assert.throws(() => read(value, variable), { code: "ACTION_INPUT" });
});

test("a word is one of those that are offered, in their very spelling", () => {
  process.env["INPUT_MODE"] = "read";
  assert.equal(choiceInput("mode", ["auto", "read"]), "read");
  process.env["INPUT_MODE"] = "Read";
  assert.throws(() => choiceInput("mode", ["auto", "read"]), { code: "ACTION_INPUT" });
});

test("a pair is split at its first colon", () => {
  process.env["INPUT_PAIRS"] = "a.b:c:d\n# no\n\nx: y , z\nempty:";
  assert.deepEqual(pairsInput("pairs"), { "a.b": "c:d", x: "y , z", empty: "" });
  process.env["INPUT_PAIRS"] = "no pair";
  assert.throws(() => pairsInput("pairs"), { code: "ACTION_INPUT" });
});

test("a group within a group is a line of it, and a group ends when its work fails", async () => {
  const lines: string[] = [];
  const log = runnerLogger((line) => lines.push(line));
  await assert.rejects(
    log.group("outer", () => log.group("inner", () => Promise.reject(new Error("no")))),
    /no/,
  );
  assert.deepEqual(lines, ["::group::outer", "inner", "::endgroup::"]);
});

test("the engine is told neither inputs nor tokens, and only a signing step where identities come from", () => {
  const env = {
    PATH: "/bin",
    "INPUT_SIGNING-KEY": "k",
    GITHUB_TOKEN: "t",
    GITHUB_SHA: "s",
    ACTIONS_RUNTIME_TOKEN: "r",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "i",
  };
  assert.deepEqual(Object.keys(engineEnvironment(env, false)), ["PATH", "GITHUB_SHA"]);
  assert.deepEqual(Object.keys(engineEnvironment(env, true)), ["PATH", "GITHUB_SHA", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"]);
});

test("a cache key follows its input and begins with the prefix that older stores share", () => {
  const [one, two] = [storeKey("apk", ["a"]), storeKey("apk", ["b"])];
  assert.notEqual(one.key, two.key);
  assert.equal(one.prefix, two.prefix);
  assert.ok(one.key.startsWith(one.prefix) && one.key.length < 512 && !one.key.includes(","));
});
