import type { ExtractedLicense } from "./license-refs.ts";
import { isRelationshipType } from "./relationship-types.ts";
import type { SpdxChecksum, SpdxDocument, SpdxExternalRef, SpdxPackage, SpdxRelationship } from "./spdx.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Text → the part of an SPDX 2 document that this engine writes itself; undefined when it is none. Other people's documents
 * hold more, and hold it wrong: a field of the wrong type reads as absent, an unknown one is dropped, files are left out.
 */
export function parseSpdx(text: string): SpdxDocument | undefined {
  return readSpdx(parseJson(text));
}

/** As {@link parseSpdx}, for JSON that has been parsed; what it gives reads as itself. */
export function readSpdx(value: unknown): SpdxDocument | undefined {
  if (!isObject(value) || !/^SPDX-2\.\d$/.test(textOf(value["spdxVersion"])) || !Array.isArray(value["packages"]))
    return undefined;
  const relationships = objectsOf(value["relationships"]).map(readRelationship);
  const files = new Set(objectsOf(value["files"]).map((one) => textOf(one["SPDXID"])));
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: textOf(value["name"]),
    documentNamespace: textOf(value["documentNamespace"]),
    creationInfo: { created: "", creators: [] },
    documentDescribes: [...new Set([...textsOf(value["documentDescribes"]), ...describedBy(relationships)])],
    packages: objectsOf(value["packages"])
      .map(readPackage)
      .filter(({ SPDXID, name }) => SPDXID !== "" && name !== ""),
    relationships: relationships.filter((one) => isBetweenPackages(one, files)),
    hasExtractedLicensingInfos: objectsOf(value["hasExtractedLicensingInfos"]).map(readLicense),
  };
}

const documentId = "SPDXRef-DOCUMENT";

function describedBy(relationships: readonly SpdxRelationship[]): string[] {
  return relationships.flatMap(({ spdxElementId: from, relationshipType: type, relatedSpdxElement: to }) => {
    if (type === "DESCRIBES" && from === documentId) return [to];
    return type === "DESCRIBED_BY" && to === documentId ? [from] : [];
  });
}

/** Files are not taken over; what stands in another document, or stands for nothing, cannot be. */
function isBetweenPackages(
  { spdxElementId: from, relationshipType, relatedSpdxElement: to }: SpdxRelationship,
  files: ReadonlySet<string>,
): boolean {
  return isRelationshipType(relationshipType) && [from, to].every((id) => isPackageId(id) && !files.has(id));
}

function isPackageId(id: string): boolean {
  return /^SPDXRef-(?!File-|DOCUMENT$)/.test(id);
}

function readPackage(value: Json): SpdxPackage {
  const stated = (name: string): string => textOf(value[name]) || "NOASSERTION";
  const optional = (name: string): string | undefined => textOf(value[name]) || undefined;
  return {
    SPDXID: textOf(value["SPDXID"]),
    name: textOf(value["name"]),
    versionInfo: optional("versionInfo"),
    supplier: stated("supplier"),
    originator: optional("originator"),
    downloadLocation: stated("downloadLocation"),
    filesAnalyzed: false,
    licenseConcluded: stated("licenseConcluded"),
    licenseDeclared: stated("licenseDeclared"),
    copyrightText: stated("copyrightText"),
    description: optional("description"),
    homepage: optional("homepage"),
    sourceInfo: optional("sourceInfo"),
    primaryPackagePurpose: optional("primaryPackagePurpose"),
    checksums: objectsOf(value["checksums"]).map(readChecksum),
    externalRefs: objectsOf(value["externalRefs"]).map(readExternalRef),
  };
}

function readChecksum(value: Json): SpdxChecksum {
  return { algorithm: textOf(value["algorithm"]), checksumValue: textOf(value["checksumValue"]) };
}

/** The category is written with a hyphen or, by older tools, with an underscore; the hyphen is what 2.3 says. */
function readExternalRef(value: Json): SpdxExternalRef {
  return {
    referenceCategory: textOf(value["referenceCategory"]).replaceAll("_", "-"),
    referenceType: textOf(value["referenceType"]),
    referenceLocator: textOf(value["referenceLocator"]),
  };
}

function readRelationship(value: Json): SpdxRelationship {
  return {
    spdxElementId: textOf(value["spdxElementId"]),
    relationshipType: textOf(value["relationshipType"]),
    relatedSpdxElement: textOf(value["relatedSpdxElement"]),
  };
}

function readLicense(value: Json): ExtractedLicense {
  return { licenseId: textOf(value["licenseId"]), extractedText: textOf(value["extractedText"]) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function objectsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
