import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { replaceInCondition } from "./condition-text.ts";
import { placeWithin } from "./place.ts";
import { replaceKnown, scanReferences } from "./references.ts";

const values: ReadonlyMap<string, string> = new Map([
  ["a.b", "X"],
  ["quote", `it's "here" \\ now`],
  ["nested", "${{a.b}}"],
]);
const lookup = (name: string): string | undefined => values.get(name);

const texts: readonly (readonly [string, string])[] = [
  ["${{a.b}}", "X"],
  ["<${{ a.b }}>", "<X>"],
  ["${{\n\ta.b\n}}", "X"],
  ["${{a.b}}${{a.b}}", "XX"],
  ["${{unknown}}", "${{unknown}}"],
  ["${{a b}}", "${{a b}}"],
  ["${{", "${{"],
  ["${{}}", "${{}}"],
  ["$${{a.b}}", "$X"],
  ["${a.b}", "${a.b}"],
  ["${{nested}}", "${{a.b}}"],
  ["${{${{a.b}}", "${{X"],
];

for (const [text, replaced] of texts) {
  test(`${JSON.stringify(text)} becomes ${JSON.stringify(replaced)}`, () => {
    assert.equal(replaceKnown(text, lookup), replaced);
  });
}

const piece = fc.constantFrom("${{", "}}", "a.b", " ", "${{a.b}}", "\n", "x", "$", "{");

test("the parts of any text joined are the text", () => {
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      (text) => {
        assert.equal(
          scanReferences(text)
            .map((part) => part.spelling)
            .join(""),
          text,
        );
      },
    ),
  );
});

const conditions: readonly (readonly [string, string])[] = [
  ["${{a.b}} == 'x'", `"X" == 'x'`],
  [`"\${{a.b}}" == ""`, `"X" == ""`],
  [`'\${{quote}}' == 'y'`, `'it\\'s "here" \\\\ now' == 'y'`],
  ["${{quote}} == 'y'", `"it's \\"here\\" \\\\ now" == 'y'`],
  [`'a\\'' == \${{a.b}}`, `'a\\'' == "X"`],
  ["${{unknown}} == 'y'", "${{unknown}} == 'y'"],
];

for (const [condition, replaced] of conditions) {
  test(`the condition ${condition} becomes ${replaced}`, () => {
    assert.equal(replaceInCondition(condition, lookup), replaced);
  });
}

test("a part of a block text is found on its own line", () => {
  const place = { file: "f", line: 3, column: 9, spelling: "|\n  one\n  two ${{x}} ${{x}}\n" };
  assert.deepEqual(placeWithin(place, "${{x}}", 0), { file: "f", line: 5, column: 7 });
  assert.deepEqual(placeWithin(place, "${{x}}", 1), { file: "f", line: 5, column: 14 });
  assert.deepEqual(placeWithin(place, "${{y}}", 0), { file: "f", line: 3, column: 9 });
});
