import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { evaluateCondition } from "./condition.ts";

const conditions: readonly (readonly [string, boolean])[] = [
  ["", true],
  ["  ", true],
  ["'a' == 'a'", true],
  [`"a" == 'a'`, true],
  ["'a'=='b'", false],
  ["'a' != 'b'", true],
  ["('a' == 'a')", true],
  ["'a' == 'b' || 'a' == 'a'", true],
  ["'a' == 'a' && 'a' == 'b'", false],
  // Left to right: (true || true) && false.
  ["'a' == 'a' || 'a' == 'a' && 'a' == 'b'", false],
  ["'a' == 'a' || ('a' == 'a' && 'a' == 'b')", true],
  ["\n'a'\t==\n'a'\n", true],
  [`'it\\'s' == "it's"`, true],
  [`'a\\nb' == "a\\nb"`, true],
  [`'\\\\' == "\\\\"`, true],
  [`'\\d' == "\\\\d"`, true],
  ["'' == \"\"", true],
];

for (const [condition, holds] of conditions) {
  test(`${JSON.stringify(condition)} ${holds ? "holds" : "does not hold"}`, () => {
    assert.deepEqual(evaluateCondition(condition), { ok: true, holds });
  });
}

const malformed: readonly (readonly [string, number])[] = [
  ["a == 'a'", 0],
  ["'a'", 3],
  ["'a' = 'a'", 4],
  ["'a' ==", 6],
  ["'a' == 'a' 'b'", 11],
  ["'a' == 'a' &&", 13],
  ["('a' == 'a'", 11],
  ["'a' == 'a')", 10],
  ["!('a' == 'a')", 0],
  ["'a' == 'a", 7],
  ["true", 0],
  ["1 == 1", 0],
];

for (const [condition, position] of malformed) {
  test(`${JSON.stringify(condition)} is refused at ${String(position)}`, () => {
    const verdict = evaluateCondition(condition);
    assert.equal(verdict.ok, false);
    assert.equal(verdict.position, position);
  });
}

test("parentheses end at a limit", () => {
  assert.equal(evaluateCondition(`${"(".repeat(100_000)}'a' == 'a'`).ok, false);
});

test("no text crashes the evaluation", () => {
  const token = fc.constantFrom("'", '"', "a", "==", "!=", "&&", "||", "(", ")", " ", "\\", "\n");
  fc.assert(
    fc.property(fc.array(token), (tokens) => {
      const condition = tokens.join("");
      const verdict = evaluateCondition(condition);
      if (!verdict.ok) assert.ok(verdict.position >= 0 && verdict.position <= condition.length);
    }),
  );
});

test("a comparison of any two texts says whether they are the same", () => {
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  fc.assert(
    fc.property(fc.string(), fc.string(), (left, right) => {
      assert.deepEqual(evaluateCondition(`${quote(left)} == ${quote(right)}`), { ok: true, holds: left === right });
      assert.deepEqual(evaluateCondition(`${quote(left)} != ${quote(left)}`), { ok: true, holds: false });
    }),
  );
});
