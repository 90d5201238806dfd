import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { parsePackageConfig } from "./package-load.ts";
import { parseVariables } from "./vars-file.ts";

function variables(text: string): Readonly<Record<string, string>> {
  return parseVariables(text, "vars.yaml", defaultLimits);
}

/** The code and position of each problem of a text. */
function problems(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    assert.ok(isEngineError(error));
    assert.equal(error.code, "CONFIG_INVALID");
    return error.problems.map(({ code, context }) => `${code} ${String(context.line)}:${String(context.column)}`);
  }
  return [];
}

const spellings: readonly (readonly [string, string])[] = [
  ["1.10", "1.10"],
  ["true", "true"],
  ["0x10", "0x10"],
  ["2024-01-01", "2024-01-01"],
  ["1e3", "1e3"],
  ["~", ""],
  ["null", ""],
  ["", ""],
  ["'null'", "null"],
  ["!!str null", "null"],
  ['"a\\tb"', "a\tb"],
  ["'it''s'", "it's"],
];

for (const [spelling, text] of spellings) {
  test(`a text field takes ${spelling === "" ? "nothing" : spelling} as ${JSON.stringify(text)}`, () => {
    assert.deepEqual(variables(`a: ${spelling}`), { a: text });
  });
}

test("only the first document is read, whatever follows it", () => {
  assert.deepEqual(variables("a: 1\n---\nb: [\n"), { a: "1" });
});

test("carriage returns do not end up in block texts", () => {
  assert.deepEqual(variables("a: |\r\n  x\r\n  y\r\n"), { a: "x\ny\n" });
});

test("aliases stand for their anchors and merge keys give way to own keys", () => {
  const text = "a: &x one\nb: *x\n";
  assert.deepEqual(variables(text), { a: "one", b: "one" });
  const merged = parsePackageConfig(
    'package: {name: a, version: "1"}\npipeline:\n  - &base\n    runs: one\n    working-directory: /src\n  - <<: *base\n    runs: two\n',
  );
  assert.deepEqual(
    merged.pipeline.map((step) => [step.runs, step.workingDirectory]),
    [
      ["one", "/src"],
      ["two", "/src"],
    ],
  );
});

test("an anchor that is missing or contains its alias is a problem at the alias", () => {
  assert.deepEqual(
    problems(() => variables("a: *nowhere\n")),
    ["CONFIG_SYNTAX 1:4"],
  );
  const config = 'package: {name: a, version: "1"}\npipeline: &p\n  - pipeline: *p\n';
  assert.deepEqual(
    problems(() => parsePackageConfig(config)),
    ["CONFIG_SYNTAX 3:15"],
  );
});

test("a key given twice is reported at its second place", () => {
  assert.deepEqual(
    problems(() => variables("a: 1\nb: 2\na: 3\n")),
    ["CONFIG_DUPLICATE_KEY 3:1"],
  );
});

test("aliases of aliases end at a limit instead of filling the memory", () => {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const children =
      level === 0
        ? "{runs: x}"
        : Array<string>(10)
            .fill(`*l${String(level - 1)}`)
            .join(", ");
    return `  - &l${String(level)} {pipeline: [${children}]}`;
  });
  const config = `package: {name: a, version: "1"}\npipeline:\n${levels.join("\n")}\n`;
  assert.match(problems(() => parsePackageConfig(config)).join(), /CONFIG_LIMIT/);
});

for (const [what, text] of [
  ["brackets", "[".repeat(100_000)],
  ["dashes", "- ".repeat(50_000)],
] as const) {
  test(`a depth of many ${what} is a problem, not a crash`, () => {
    assert.match(problems(() => variables(`a: 1\nb: ${text}`)).join(), /CONFIG_(LIMIT|SYNTAX)/);
  });
}

for (const [what, text] of [
  ["items", `a: [${"a, ".repeat(60_000)}a]`],
  ["comments", `${"#\n".repeat(110_000)}a: b`],
  ["brackets", `a: [${"[],".repeat(70_000)}a]`],
] as const) {
  test(`a text of nothing but ${what} is refused before anything is made of it`, () => {
    const found = problems(() => parseVariables(text, "vars.yaml", { ...defaultLimits, configTokens: 100_000 }));
    assert.deepEqual(found, ["CONFIG_LIMIT 1:1"]);
  });
}

test("a file over the limit of bytes is refused unread", () => {
  const limits = { ...defaultLimits, configBytes: 10 };
  assert.deepEqual(
    problems(() => parseVariables("a: 12345678\n", "v", limits)),
    ["CONFIG_LIMIT 1:1"],
  );
});

test("an empty file is a problem", () => {
  assert.deepEqual(
    problems(() => variables("# nothing\n")),
    ["CONFIG_EMPTY 1:1"],
  );
});

test("broken YAML is reported where it breaks", () => {
  assert.deepEqual(problems(() => variables('a: 1\nb: "x\n'))[0]?.split(" ")[0], "CONFIG_SYNTAX");
});

test("a key named __proto__ is a key like any other", () => {
  const read = variables("__proto__: x\n");
  assert.deepEqual(Object.entries(read), [["__proto__", "x"]]);
});
