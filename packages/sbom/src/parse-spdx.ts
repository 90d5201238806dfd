import type {
  ExtractedLicense,
  SpdxChecksum,
  SpdxDocument,
  SpdxExternalRef,
  SpdxPackage,
  SpdxRelationship,
} from "./spdx.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Text → the part of an SPDX 2 document that this engine writes itself; undefined when it is none. Other people's documents
 * hold more, and hold it wrong: a field of the wrong type reads as absent, an unknown one is dropped, files are left out.
 */
export function parseSpdx(text: string): SpdxDocument | undefined {
  const value = parseObject(text);
  if (value === undefined || !/^SPDX-2\.\d$/.test(textOf(value["spdxVersion"])) || !Array.isArray(value["packages"]))
    return undefined;
  const relationships = objectsOf(value["relationships"]).map(parseRelationship);
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: textOf(value["name"]),
    documentNamespace: textOf(value["documentNamespace"]),
    creationInfo: { created: "", creators: [] },
    documentDescribes: [...new Set([...textsOf(value["documentDescribes"]), ...describedBy(relationships)])],
    packages: objectsOf(value["packages"]).map(parsePackage),
    relationships,
    hasExtractedLicensingInfos: objectsOf(value["hasExtractedLicensingInfos"]).map(parseLicense),
  };
}

function describedBy(relationships: readonly SpdxRelationship[]): string[] {
  return relationships
    .filter((one) => one.relationshipType === "DESCRIBES" && one.spdxElementId === "SPDXRef-DOCUMENT")
    .map((one) => one.relatedSpdxElement);
}

function parsePackage(value: Json): SpdxPackage {
  const stated = (name: string): string => textOf(value[name]) || "NOASSERTION";
  const optional = ["versionInfo", "originator", "description", "homepage", "primaryPackagePurpose"] as const;
  const checksums = objectsOf(value["checksums"]).map(parseChecksum);
  const externalRefs = objectsOf(value["externalRefs"]).map(parseExternalRef);
  return {
    SPDXID: textOf(value["SPDXID"]),
    name: textOf(value["name"]),
    supplier: stated("supplier"),
    downloadLocation: stated("downloadLocation"),
    filesAnalyzed: false,
    licenseConcluded: stated("licenseConcluded"),
    licenseDeclared: stated("licenseDeclared"),
    copyrightText: stated("copyrightText"),
    ...Object.fromEntries(
      optional.flatMap((name) => (textOf(value[name]) === "" ? [] : [[name, textOf(value[name])]])),
    ),
    ...(checksums.length === 0 ? {} : { checksums }),
    ...(externalRefs.length === 0 ? {} : { externalRefs }),
  };
}

function parseChecksum(value: Json): SpdxChecksum {
  return { algorithm: textOf(value["algorithm"]), checksumValue: textOf(value["checksumValue"]) };
}

/** The category is written with a hyphen or, by older tools, with an underscore; the hyphen is what 2.3 says. */
function parseExternalRef(value: Json): SpdxExternalRef {
  return {
    referenceCategory: textOf(value["referenceCategory"]).replaceAll("_", "-"),
    referenceType: textOf(value["referenceType"]),
    referenceLocator: textOf(value["referenceLocator"]),
  };
}

function parseRelationship(value: Json): SpdxRelationship {
  return {
    spdxElementId: textOf(value["spdxElementId"]),
    relationshipType: textOf(value["relationshipType"]),
    relatedSpdxElement: textOf(value["relatedSpdxElement"]),
  };
}

function parseLicense(value: Json): ExtractedLicense {
  return { licenseId: textOf(value["licenseId"]), extractedText: textOf(value["extractedText"]) };
}

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
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
