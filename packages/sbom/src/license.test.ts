import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { declareLicense } from "./license.ts";

const cases: readonly [text: string, expression: string, declared: string[]][] = [
  ["MIT", "MIT", []],
  ["GPL-2.0-or-later OR (MIT AND BSD-3-Clause)", "GPL-2.0-or-later OR (MIT AND BSD-3-Clause)", []],
  ["GPL-2.0+ WITH Classpath-exception-2.0", "GPL-2.0+ WITH Classpath-exception-2.0", []],
  ["", "NOASSERTION", []],
  ["NOASSERTION", "NOASSERTION", []],
  ["custom", "LicenseRef-custom", ["LicenseRef-custom"]],
  ["MIT AND custom", "MIT AND LicenseRef-custom", ["LicenseRef-custom"]],
  ["Public-Domain", "LicenseRef-Public-Domain", ["LicenseRef-Public-Domain"]],
  ["BSD MIT", "LicenseRef-BSD-MIT", ["LicenseRef-BSD-MIT"]],
  ["(MIT", "LicenseRef-MIT", ["LicenseRef-MIT"]],
  ["MIT AND", "LicenseRef-MIT-AND", ["LicenseRef-MIT-AND"]],
  ["LicenseRef-ours", "LicenseRef-ours", ["LicenseRef-ours"]],
  ["自由", "LicenseRef-96c2f0d6", ["LicenseRef-96c2f0d6"]],
];

describe("the licence of a package", () => {
  for (const [text, expression, declared] of cases) {
    test(`${JSON.stringify(text)} is ${expression}`, () => {
      const { expression: found, extracted } = declareLicense(text);
      assert.equal(found.replace(/-[0-9a-f]{8}$/, "-"), expression.replace(/-[0-9a-f]{8}$/, "-"));
      assert.deepEqual(
        extracted.map(({ licenseId }) => licenseId.replace(/-[0-9a-f]{8}$/, "-")),
        declared.map((id) => id.replace(/-[0-9a-f]{8}$/, "-")),
      );
    });
  }

  test("never mentions a licence of its own that it does not declare", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const { expression, extracted } = declareLicense(text);
        const mentioned = expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [];
        const declared = extracted.map(({ licenseId }) => licenseId);
        assert.deepEqual(
          mentioned.filter((id) => !declared.includes(id)),
          [],
        );
        assert.match(expression, /^[A-Za-z0-9.+ ()-]+$/);
      }),
    );
  });
});
