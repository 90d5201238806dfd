import { cpePattern } from "./cpe.ts";
import type { SpdxDocument, SpdxPackage } from "./spdx.ts";

/** What is asked of the document that a package carries for itself. */

/** The element that stands for the package: of those that the document describes the one of its name, else the first. */
export function ownElement({ packages, documentDescribes }: SpdxDocument, name: string): SpdxPackage | undefined {
  const described = new Set(documentDescribes);
  const candidates = packages.filter(({ SPDXID }) => described.has(SPDXID));
  return candidates.find((one) => one.name === name) ?? candidates[0] ?? packages.find((one) => one.name === name);
}

/** What the licences stand for that the document declares, by their ids. */
export function licenseTexts({ hasExtractedLicensingInfos = [] }: SpdxDocument): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { licenseId, extractedText } of hasExtractedLicensingInfos)
    if (!texts.has(licenseId) && extractedText !== "") texts.set(licenseId, extractedText);
  return texts;
}

/** The elements that the document mentions and does not have, each once. */
export function missingElements({ packages, documentDescribes, relationships }: SpdxDocument): string[] {
  const known = new Set(packages.map(({ SPDXID }) => SPDXID));
  const mentioned = relationships.flatMap((one) => [one.spdxElementId, one.relatedSpdxElement]);
  return [...new Set([...documentDescribes, ...mentioned])].filter((id) => !known.has(id));
}

/** The CPE or package URL of an element, if it has one that is well-formed. */
export function referenceOf(one: SpdxPackage | undefined, type: "cpe23Type" | "purl"): string | undefined {
  const form = type === "purl" ? /^pkg:[a-z][a-z0-9.+-]*\/[\x21-\x7e]+$/ : cpePattern;
  return one?.externalRefs?.find(
    ({ referenceType, referenceLocator }) =>
      referenceType === type && referenceLocator.length <= 2000 && form.test(referenceLocator),
  )?.referenceLocator;
}
