import assert from "node:assert/strict";
import type { CycloneDxComponent, CycloneDxDocument } from "../cyclonedx.ts";
import { declareLicense } from "../license.ts";
import { openLicenseRefs } from "../license-refs.ts";
import type { SpdxDocument } from "../spdx.ts";

/** What every SPDX document of ours must hold: ids are unique and valid, relationships lead somewhere, licences are declared. */
export function requireSoundSpdx(document: SpdxDocument): void {
  const ids = document.packages.map(({ SPDXID }) => SPDXID);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
  const others = (document.externalDocumentRefs ?? []).map((one) => `${one.externalDocumentId}:SPDXRef-DOCUMENT`);
  const known = new Set([...ids, ...others, "SPDXRef-DOCUMENT"]);
  for (const { spdxElementId, relatedSpdxElement } of document.relationships)
    assert.ok(known.has(spdxElementId) && known.has(relatedSpdxElement), `${spdxElementId} ${relatedSpdxElement}`);
  for (const one of document.packages) {
    assert.notEqual(one.name, "");
    for (const text of [one.licenseDeclared, one.licenseConcluded]) requireDeclared(text, document);
  }
}

/** An expression reads as itself, and mentions no licence that the document does not declare. */
function requireDeclared(expression: string, { hasExtractedLicensingInfos = [] }: SpdxDocument): void {
  const declared = new Set(hasExtractedLicensingInfos.map(({ licenseId }) => licenseId));
  for (const id of expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? []) assert.ok(declared.has(id), id);
  assert.equal(declareLicense(expression, openLicenseRefs()).expression, expression);
}

/** What every CycloneDX document of ours must hold: references are unique and lead somewhere, every component is in the graph. */
export function requireSoundCycloneDx(document: CycloneDxDocument): void {
  const all = [document.metadata.component, ...document.components].flatMap(withInner);
  const refs = all.map((one) => one["bom-ref"]);
  const known = new Set(refs);
  assert.equal(known.size, refs.length);
  const listed = document.dependencies.map(({ ref }) => ref);
  assert.equal(new Set(listed).size, listed.length);
  for (const { ref, dependsOn = [] } of document.dependencies) {
    assert.equal(new Set(dependsOn).size, dependsOn.length);
    for (const one of [ref, ...dependsOn]) assert.ok(known.has(one), one);
  }
  for (const one of document.components) assert.ok(listed.includes(one["bom-ref"]), one["bom-ref"]);
  assert.match(document.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
}

/** A component with those inside of it and those that it was made from. */
export function withInner(component: CycloneDxComponent): CycloneDxComponent[] {
  const inner = [...(component.components ?? []), ...(component.pedigree?.ancestors ?? [])];
  return [component, ...inner.flatMap(withInner)];
}
