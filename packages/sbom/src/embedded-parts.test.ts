import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeCycloneDx } from "./cyclonedx-document.ts";
import type { CycloneDxDocument } from "./cyclonedx.ts";
import { missingElements } from "./embedded-document.ts";
import { describeImage } from "./image-bill.ts";
import { parseSpdx } from "./parse-spdx.ts";
import { describeSpdx } from "./spdx-document.ts";
import type { SpdxDocument } from "./spdx.ts";
import { embeddedOf, packageOf, request } from "./testing/packages.ts";
import { requireSoundCycloneDx, requireSoundSpdx } from "./testing/sound.ts";

/** A document about `app` with these elements beside it and relationships as `FROM TYPE TO`. */
function documentOf(elements: readonly object[], relations: readonly string[], more: object = {}): SpdxDocument {
  return embeddedOf({
    spdxVersion: "SPDX-2.3",
    packages: [{ SPDXID: "SPDXRef-Main", name: "app", copyrightText: "2024 Ann" }, ...elements],
    relationships: ["DOCUMENT DESCRIBES Main", ...relations].map((text) => {
      const [from = "", relationshipType, to = ""] = text.split(" ");
      return { spdxElementId: `SPDXRef-${from}`, relationshipType, relatedSpdxElement: `SPDXRef-${to}` };
    }),
    ...more,
  });
}

function joined(...documents: readonly SpdxDocument[]): { spdx: SpdxDocument; cycloneDx: CycloneDxDocument } {
  const packages = documents.map((document, at) =>
    packageOf({ name: at === 0 ? "app" : `app${String(at)}` }, document),
  );
  const bill = describeImage({ ...request, packages });
  const [spdx, cycloneDx] = [describeSpdx(bill), describeCycloneDx(bill)];
  requireSoundSpdx(spdx);
  requireSoundCycloneDx(cycloneDx);
  return { spdx, cycloneDx };
}

const element = (id: string, more: object = {}): object => ({ SPDXID: `SPDXRef-${id}`, name: id, ...more });
const namesOf = ({ packages }: SpdxDocument): string[] => packages.map(({ name }) => name);

describe("the document that a package carries", () => {
  test("is taken over under ids that no other package's document has", () => {
    const document = documentOf([element("src")], ["Main GENERATED_FROM src", "Main CONTAINS File-x"]);
    const { spdx } = joined(document, document);
    assert.equal(namesOf(spdx).filter((name) => name === "src").length, 2);
    assert.equal(spdx.packages.find(({ name }) => name === "app")?.copyrightText, "2024 Ann");
    const made = spdx.relationships.filter((one) => one.relationshipType === "GENERATED_FROM");
    assert.deepEqual(
      made.slice(1).map((one) => `${one.spdxElementId} ${one.relatedSpdxElement}`),
      [
        "SPDXRef-Package-app-1.0-r0 SPDXRef-Part-app-1.0-r0-src",
        "SPDXRef-Package-app1-1.0-r0 SPDXRef-Part-app1-1.0-r0-src",
      ],
    );
  });

  test("gives what can be reached from the package, in either direction, and nothing else", () => {
    const elements = ["a", "b", "c", "lost"].map((id) => element(id));
    const relations = ["Main GENERATED_FROM a", "b BUILD_TOOL_OF a", "b CONTAINS c", "lost CONTAINS lost"];
    const { spdx } = joined(documentOf(elements, relations));
    assert.deepEqual(namesOf(spdx).slice(-3), ["a", "b", "c"]);
    assert.ok(!namesOf(spdx).includes("lost"));
  });

  test("gives CycloneDX what is inside of the package as its components, what it was made from as its ancestors", () => {
    const elements = [element("inner"), element("deep"), element("src", { primaryPackagePurpose: "SOURCE" })];
    const relations = ["Main CONTAINS inner", "deep CONTAINED_BY inner", "Main GENERATED_FROM src"];
    const { cycloneDx } = joined(documentOf(elements, relations));
    const app = cycloneDx.components.find(({ name }) => name === "app");
    assert.deepEqual(
      app?.components?.map(({ name }) => name),
      ["inner", "deep"],
    );
    assert.deepEqual(
      app.pedigree?.ancestors.map(({ name }) => name),
      ["src"],
    );
  });

  test("that mentions what it does not have is told by the names of that", () => {
    const document = documentOf([], ["Main CONTAINS gone", "gone CONTAINS Main"]);
    assert.deepEqual(missingElements(document), ["SPDXRef-gone"]);
    assert.equal(
      joined(document).spdx.relationships.some((one) => one.relatedSpdxElement.includes("gone")),
      false,
    );
  });

  test("says what its licences stand for; another's of the same id is another licence", () => {
    const mine = (text: string): SpdxDocument =>
      documentOf([element("src", { licenseDeclared: "MIT AND LicenseRef-odd" })], ["Main GENERATED_FROM src"], {
        hasExtractedLicensingInfos: [{ licenseId: "LicenseRef-odd", extractedText: text }],
      });
    const { spdx } = joined(mine("one"), mine("two"));
    assert.deepEqual(
      spdx.hasExtractedLicensingInfos?.map(({ extractedText }) => extractedText),
      ["one", "two"],
    );
    const declared = spdx.packages.filter(({ name }) => name === "src").map((one) => one.licenseDeclared);
    assert.equal(declared[0], "MIT AND LicenseRef-odd");
    assert.match(declared[1] ?? "", /^MIT AND LicenseRef-odd-[0-9a-f]{16}$/);
  });

  test("cannot add a package to what is installed, and means the installed one by its package URL", () => {
    const purl = (locator: string): object => ({
      externalRefs: [{ referenceCategory: "PACKAGE_MANAGER", referenceType: "purl", referenceLocator: locator }],
    });
    const elements = [
      element("other", purl("pkg:apk/alpine/other@9-r9?arch=x86_64")),
      element("again", purl("pkg:apk/alpine/app1@1.0-r0?arch=x86_64")),
      element("go", purl("pkg:golang/example.org/x@v1")),
    ];
    const relations = ["Main CONTAINS other", "Main DEPENDS_ON again", "Main CONTAINS go"];
    const { spdx } = joined(documentOf(elements, relations), documentOf([], []));
    const locators = spdx.packages.flatMap((one) => one.externalRefs?.map((ref) => ref.referenceLocator) ?? []);
    assert.equal(locators.filter((text) => text.startsWith("pkg:apk/")).length, 2);
    assert.ok(locators.includes("pkg:golang/example.org/x@v1"));
    assert.ok(namesOf(spdx).includes("other") && !namesOf(spdx).includes("again"));
    assert.ok(
      spdx.relationships.some(
        (one) => one.relationshipType === "DEPENDS_ON" && one.relatedSpdxElement === "SPDXRef-Package-app1-1.0-r0",
      ),
    );
  });

  test("has no say in which operating system the image is", () => {
    const system = element("wolfi", { primaryPackagePurpose: "OPERATING-SYSTEM" });
    assert.ok(!namesOf(joined(documentOf([system], ["wolfi CONTAINS Main"])).spdx).includes("wolfi"));
  });

  test("gives the package its CPE, and a licence where its metadata has none", () => {
    const cpe = "cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*";
    const externalRefs = [
      { referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: "cpe:2.3:nothing" },
      { referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: cpe },
    ];
    const document = embeddedOf({
      spdxVersion: "SPDX-2.3",
      documentDescribes: ["SPDXRef-Main"],
      packages: [{ SPDXID: "SPDXRef-Main", name: "app", licenseDeclared: "ISC", externalRefs }],
    });
    const bill = describeImage({ ...request, packages: [packageOf({ license: "" }, document)] });
    const app = describeCycloneDx(bill).components.find(({ name }) => name === "app");
    assert.equal(app?.cpe, cpe);
    assert.deepEqual(app.licenses, [{ license: { id: "ISC" } }]);
  });

  test("is taken however wrong its fields are", () => {
    const text = {
      spdxVersion: "SPDX-2.2",
      documentDescribes: ["SPDXRef-A b"],
      packages: [
        null,
        5,
        { SPDXID: 5, name: ["x"] },
        { SPDXID: "SPDXRef-A b", name: "a b", supplier: 1, checksums: "no", homepage: "javascript:alert(1)" },
        {
          SPDXID: "SPDXRef-C",
          name: " ",
          supplier: "Tool: x",
          originator: "Person: (a) (b)",
          downloadLocation: "/etc/passwd",
          licenseConcluded: "((",
          checksums: [
            { algorithm: "SHA256", checksumValue: "zz" },
            { algorithm: "constructor", checksumValue: "" },
          ],
          primaryPackagePurpose: "toString",
        },
        { SPDXID: "SPDXRef-C", name: "twice" },
      ],
      relationships: [
        { spdxElementId: "SPDXRef-X" },
        "y",
        { spdxElementId: "SPDXRef-C", relationshipType: "NO SUCH", relatedSpdxElement: "SPDXRef-A b" },
        { spdxElementId: "SPDXRef-C", relationshipType: "OTHER", relatedSpdxElement: "SPDXRef-A b" },
        { spdxElementId: "SPDXRef-C", relationshipType: "OTHER", relatedSpdxElement: "SPDXRef-C" },
      ],
    };
    const { spdx } = joined(embeddedOf(text));
    assert.equal(spdx.packages.at(-1)?.name, "unnamed");
    assert.equal(spdx.packages.at(-1)?.downloadLocation, "NOASSERTION");
    for (const wrong of ["", "[]", "{", '{"spdxVersion":"SPDX-3.0","packages":[]}', '{"spdxVersion":"SPDX-2.3"}'])
      assert.equal(parseSpdx(wrong), undefined);
  });

  test("takes time that grows with its size and no faster, for 300 packages with documents of 200 elements", () => {
    const elements = Array.from({ length: 200 }, (_, at) => element(`e${String(at)}`));
    const relations = elements.map((_, at) => `${at === 0 ? "Main" : `e${String(at - 1)}`} CONTAINS e${String(at)}`);
    const document = documentOf(elements, relations);
    const packages = Array.from({ length: 300 }, (_, at) => packageOf({ name: `p${String(at)}` }, document));
    const began = performance.now();
    const bill = describeImage({ ...request, packages });
    assert.equal(bill.parts.length, 4 + 300 * 201);
    assert.ok(performance.now() - began < 5000);
  });
});
