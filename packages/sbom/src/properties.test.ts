import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { CycloneDxDocument } from "./cyclonedx.ts";
import { writeCycloneDx } from "./cyclonedx-document.ts";
import { describeImage } from "./image-bill.ts";
import { writeSpdx } from "./spdx-document.ts";
import type { SpdxDocument } from "./spdx.ts";
import { embeddedOf, packageOf, request } from "./testing/packages.ts";
import { requireSoundCycloneDx, requireSoundSpdx } from "./testing/sound.ts";

/** Whatever packages say of themselves, what comes out is a document. */

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ maxLength: 12, unit: "binary" }),
  fc.constantFrom(
    "a",
    "a-1",
    "b",
    "libstdc++",
    "MIT AND",
    "https://example.org/ä b",
    "Ann <a@b>",
    "\u001b[31m",
    "((",
    "_",
  ),
);
const id = fc.constantFrom(
  "SPDXRef-a",
  "SPDXRef-b",
  "SPDXRef-c",
  "SPDXRef-DOCUMENT",
  "SPDXRef-File-x",
  "SPDXRef-b c",
  "x",
);
const element = fc.record(
  {
    SPDXID: id,
    name: text,
    versionInfo: text,
    supplier: text,
    licenseDeclared: text,
    downloadLocation: text,
    homepage: text,
    externalRefs: fc.array(
      fc.record({ referenceType: fc.constantFrom("purl", "cpe23Type", "other"), referenceLocator: text }),
    ),
  },
  { requiredKeys: [] },
);
const relationship = fc.record({
  spdxElementId: id,
  relationshipType: fc.constantFrom("CONTAINS", "GENERATED_FROM", "DESCRIBES", "CONTAINED_BY", "DEPENDS_ON", "ODD"),
  relatedSpdxElement: id,
});
const document = fc.record({
  spdxVersion: fc.constant("SPDX-2.3"),
  documentDescribes: fc.array(id, { maxLength: 2 }),
  packages: fc.array(element, { maxLength: 5 }),
  relationships: fc.array(relationship, { maxLength: 8 }),
  hasExtractedLicensingInfos: fc.array(fc.record({ licenseId: text, extractedText: text }), { maxLength: 2 }),
});
const onePackage = fc
  .record({
    control: fc.record({
      name: text,
      version: text,
      license: text,
      description: text,
      url: text,
      maintainer: text,
      origin: text,
      commit: text,
      depends: fc.array(text, { maxLength: 4 }),
      provides: fc.array(text, { maxLength: 4 }),
    }),
    embedded: fc.option(document, { nil: undefined }),
  })
  .map(({ control, embedded }) => packageOf(control, embedded === undefined ? undefined : embeddedOf(embedded)));
const system = fc.option(fc.record({ id: text, versionId: text, name: text }), { nil: undefined });

describe("the SBOMs of any set of packages", () => {
  test("have unique ids and relationships that resolve", () => {
    fc.assert(
      fc.property(fc.array(onePackage, { maxLength: 6 }), system, text, (packages, os, name) => {
        const bill = describeImage({ ...request, name, system: os, packages });
        requireSoundSpdx(JSON.parse(writeSpdx(bill).text) as SpdxDocument);
        requireSoundCycloneDx(JSON.parse(writeCycloneDx(bill).text) as CycloneDxDocument);
      }),
      { numRuns: 300 },
    );
  });

  test("are the same in whatever order the packages come, as long as no two are of one name and version", () => {
    const unique = fc.uniqueArray(onePackage, { maxLength: 5, selector: ({ control }) => control.name });
    fc.assert(
      fc.property(unique, (packages) => {
        const bills = [packages, packages.toReversed()].map((each) => describeImage({ ...request, packages: each }));
        const [one, other] = bills.map((bill) => [writeSpdx(bill).text, writeCycloneDx(bill).text]);
        assert.deepEqual(one, other);
      }),
    );
  });
});
