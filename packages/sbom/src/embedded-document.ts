import type { ImageSbomPackage } from "./image-document.ts";
import { relate } from "./assemble-document.ts";
import { spdxId, type ExtractedLicense, type SpdxDocument, type SpdxPackage, type SpdxRelationship } from "./spdx.ts";

export interface EmbeddedParts {
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
  readonly licenses: readonly ExtractedLicense[];
}

/**
 * What a package's own document adds to that of the image: the sources and parts that it names, under ids that no other
 * package's document has. What it says of the package itself is known from the package's signed metadata.
 */
export function describeEmbedded({ control, embedded }: ImageSbomPackage, ownId: string): EmbeddedParts {
  if (embedded === undefined) return { packages: [], relationships: [], licenses: [] };
  const described = new Set(embedded.documentDescribes);
  const others = embedded.packages.filter(({ SPDXID, name }) => !described.has(SPDXID) && name !== "");
  const ids = new Map(others.map(({ SPDXID }) => [SPDXID, partId(control.name, control.version, SPDXID)]));
  for (const id of described) ids.set(id, ownId);
  const packages = others.map((part) => ({ ...part, SPDXID: ids.get(part.SPDXID) ?? part.SPDXID }));
  const relationships = embedded.relationships.flatMap(({ spdxElementId, relationshipType, relatedSpdxElement }) => {
    const [from, to] = [ids.get(spdxElementId), ids.get(relatedSpdxElement)];
    return from === undefined || to === undefined || from === to ? [] : [relate(from, relationshipType, to)];
  });
  return { packages, relationships, licenses: licensesOf(embedded, packages) };
}

function partId(name: string, version: string, id: string): string {
  return spdxId("Part", name, version, id.replace(/^SPDXRef-/, ""));
}

/** The licences that the parts mention: declared in their document, or else by their name alone. */
function licensesOf(
  { hasExtractedLicensingInfos }: SpdxDocument,
  packages: readonly SpdxPackage[],
): ExtractedLicense[] {
  const declared = new Map((hasExtractedLicensingInfos ?? []).map((license) => [license.licenseId, license]));
  const mentioned = packages.flatMap(
    ({ licenseConcluded, licenseDeclared }) =>
      `${licenseConcluded} ${licenseDeclared}`.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [],
  );
  return mentioned.map((licenseId) => declared.get(licenseId) ?? { licenseId, extractedText: licenseId });
}
