import { createHash } from "node:crypto";
import { canonicalJson, compareBytes } from "@apkmill/core";
import { spdxTime, type ExtractedLicense, type SpdxDocument, type SpdxPackage, type SpdxRelationship } from "./spdx.ts";

export interface DocumentParts {
  readonly name: string;
  /** The document's place below our name space; a hash of the content is added. */
  readonly path: string;
  readonly createdEpoch: number;
  /** The package that the document is about; the first of `packages`. */
  readonly root: SpdxPackage;
  /** Of one id, the first stays. */
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
  readonly licenses: readonly ExtractedLicense[];
  readonly comment?: string;
}

/** Joins the parts to a document that describes `root`. The same parts always give the same document. */
export function assembleDocument({ name, path, createdEpoch, root, comment, ...parts }: DocumentParts): SpdxDocument {
  const licenses = uniqueLicenses(parts.licenses);
  const content = {
    packages: firstOfEachId([root, ...parts.packages]),
    relationships: [relate("SPDXRef-DOCUMENT", "DESCRIBES", root.SPDXID), ...parts.relationships],
    ...(licenses.length === 0 ? {} : { hasExtractedLicensingInfos: licenses }),
  };
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name,
    documentNamespace: namespaceOf(path, content),
    creationInfo: { created: spdxTime(createdEpoch), creators: ["Tool: apkmill"] },
    ...(comment === undefined ? {} : { comment }),
    documentDescribes: [root.SPDXID],
    ...content,
  };
}

/** One relationship between two elements, by their ids. */
export function relate(from: string, relationshipType: string, to: string): SpdxRelationship {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

/** A package of which nothing is known but its name; "" for no version. */
export function blankPackage(id: string, name: string, version: string): SpdxPackage {
  return {
    SPDXID: id,
    name,
    ...(version === "" ? {} : { versionInfo: version }),
    supplier: "NOASSERTION",
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
  };
}

/** A URI that no other document has: it ends with a hash of the content. */
function namespaceOf(path: string, content: unknown): string {
  const hash = createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, 32);
  return `https://spdx.org/spdxdocs/apkmill/${path.split("/").map(encodeURIComponent).join("/")}-${hash}`;
}

function firstOfEachId(packages: readonly SpdxPackage[]): SpdxPackage[] {
  const byId = new Map<string, SpdxPackage>();
  for (const one of packages) if (!byId.has(one.SPDXID)) byId.set(one.SPDXID, one);
  return [...byId.values()];
}

function uniqueLicenses(licenses: readonly ExtractedLicense[]): ExtractedLicense[] {
  const byId = new Map<string, ExtractedLicense>();
  for (const { licenseId, extractedText } of licenses)
    if (!byId.has(licenseId)) byId.set(licenseId, { licenseId, extractedText });
  return [...byId.values()].sort((a, b) => compareBytes(a.licenseId, b.licenseId));
}
