import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { declareLicense } from "./license.ts";
import { openLicenseRefs } from "./license-refs.ts";

const cases: readonly [text: string, expression: string, declared: string[]][] = [
  ["MIT", "MIT", []],
  ["mit and Zlib", "MIT AND Zlib", []],
  ["GPL-2.0-or-later OR (MIT AND BSD-3-Clause)", "GPL-2.0-or-later OR (MIT AND BSD-3-Clause)", []],
  ["GPL-2.0+ WITH Classpath-exception-2.0", "GPL-2.0+ WITH Classpath-exception-2.0", []],
  [
    "GPL-2.0-only WITH our-exception OR MIT",
    "LicenseRef-GPL-2.0-only-WITH-our-exception OR MIT",
    ["GPL-2.0-only WITH our-exception"],
  ],
  ["", "NOASSERTION", []],
  ["NOASSERTION", "NOASSERTION", []],
  ["NONE", "NONE", []],
  ["custom", "LicenseRef-custom", ["custom"]],
  ["MIT AND custom", "MIT AND LicenseRef-custom", ["custom"]],
  ["MIT AND Apache-2.0+", "MIT AND LicenseRef-Apache-2.0", ["Apache-2.0+"]],
  ["Public-Domain", "LicenseRef-Public-Domain", ["Public-Domain"]],
  ["BSD MIT", "LicenseRef-BSD-MIT", ["BSD MIT"]],
  ["(MIT", "LicenseRef-MIT", ["(MIT"]],
  ["custom AND", "LicenseRef-custom-AND", ["custom AND"]],
  ["MIT WITH", "LicenseRef-MIT-WITH", ["MIT WITH"]],
  ["(MIT) WITH LLVM-exception", "LicenseRef-MIT-WITH-LLVM-exception", ["(MIT) WITH LLVM-exception"]],
  ["LLVM-exception", "LicenseRef-LLVM-exception", ["LLVM-exception"]],
  ["LicenseRef-ours", "LicenseRef-ours", ["LicenseRef-ours"]],
  ["DocumentRef-x:LicenseRef-y", "LicenseRef-DocumentRef-xLicenseRef-y", ["DocumentRef-x:LicenseRef-y"]],
  ["自由", "LicenseRef-96c2f0d6", ["自由"]],
  ["a\u0000b", "LicenseRef-ab", ["a b"]],
];

describe("the licence of a package", () => {
  for (const [text, expression, declared] of cases) {
    test(`${JSON.stringify(text)} is ${expression}`, () => {
      const refs = openLicenseRefs();
      const found = declareLicense(text, refs).expression;
      assert.equal(found.replace(/-[0-9a-f]{16}$/, "-"), expression.replace(/-96c2f0d6$/, "-"));
      assert.deepEqual(
        refs.extracted().map(({ extractedText }) => extractedText),
        declared,
      );
    });
  }

  test("never mentions a licence of its own that it does not declare, and reads as itself", () => {
    const words = fc.constantFrom(
      "MIT",
      "AND",
      "OR",
      "WITH",
      "(",
      ")",
      "custom",
      "LLVM-exception",
      "LicenseRef-a",
      "+",
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 40, unit: "binary" }),
      fc.array(words, { maxLength: 12 }).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const refs = openLicenseRefs();
        const { expression } = declareLicense(text, refs);
        const mentioned = expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [];
        const declared = refs.extracted().map(({ licenseId }) => licenseId);
        assert.deepEqual([...new Set(mentioned)].sort(), declared.sort());
        assert.match(expression, /^[A-Za-z0-9.+ ()-]+$/);
        assert.equal(declareLicense(expression, openLicenseRefs()).expression, expression);
      }),
    );
  });

  test("of hostile length or depth is taken as it is, at once", () => {
    for (const text of ["(".repeat(100_000), `${"(".repeat(1900)}MIT${")".repeat(1900)}`, "MIT AND ".repeat(100_000)])
      assert.ok(declareLicense(text, openLicenseRefs()).expression.length < 10_000);
  });
});

describe("licences of their own", () => {
  test("with the same id and another text have another id, whichever comes first", () => {
    const refs = openLicenseRefs();
    const [a, b] = ["one", "two"].map((text) => refs.knowing(new Map([["LicenseRef-x", text]])));
    const ids = [a, b, a, b].map((each) => each?.refer("LicenseRef-x").id);
    assert.equal(ids[0], "LicenseRef-x");
    assert.match(ids[1] ?? "", /^LicenseRef-x-[0-9a-f]{16}$/);
    assert.deepEqual(ids.slice(2), ids.slice(0, 2));
    assert.deepEqual(
      refs.extracted().map(({ extractedText }) => extractedText),
      ["one", "two"],
    );
  });

  test("have an id that no package has taken, where one is called as another's id would be", () => {
    const refs = openLicenseRefs();
    const names = ["LicenseRef-a-b-df403d28248f461c", "LicenseRef-a_b", "LicenseRef-a-b"];
    const ids = names.map((name) => refs.refer(name).id);
    assert.equal(new Set(ids).size, 3);
    assert.deepEqual(
      names.map((name) => refs.refer(name).id),
      ids,
    );
    assert.deepEqual(
      refs
        .extracted()
        .map(({ extractedText }) => extractedText)
        .sort(),
      names.toSorted(),
    );
  });

  test("with one long text that is mentioned often are read at once", () => {
    const refs = openLicenseRefs().knowing(new Map([["LicenseRef-x", "\u0007".repeat(8 << 20)]]));
    for (let count = 0; count < 100_000; count += 1) refs.refer("LicenseRef-x");
    assert.equal(refs.extracted()[0]?.extractedText.length, 200_001);
  });

  test("whose names differ only in what an id cannot hold are told apart", () => {
    const refs = openLicenseRefs();
    assert.notEqual(refs.refer("a b").id, refs.refer("a-b").id);
  });
});
