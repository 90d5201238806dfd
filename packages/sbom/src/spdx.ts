/** SPDX 2.3 documents as plain data; only the fields that we write. Source: the SPDX 2.3 specification, JSON form. */

export interface SpdxDocument {
  readonly spdxVersion: "SPDX-2.3";
  readonly dataLicense: "CC0-1.0";
  readonly SPDXID: "SPDXRef-DOCUMENT";
  readonly name: string;
  /** Unique for each document: ends with a hash of what the document says. */
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly comment?: string;
  readonly documentDescribes: readonly string[];
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
  readonly hasExtractedLicensingInfos?: readonly ExtractedLicense[];
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly supplier: string;
  readonly originator?: string;
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly copyrightText: string;
  readonly description?: string;
  readonly homepage?: string;
  readonly primaryPackagePurpose?: string;
  readonly checksums?: readonly SpdxChecksum[];
  readonly externalRefs?: readonly SpdxExternalRef[];
}

export interface SpdxChecksum {
  readonly algorithm: string;
  readonly checksumValue: string;
}

export interface SpdxExternalRef {
  readonly referenceCategory: string;
  readonly referenceType: string;
  readonly referenceLocator: string;
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: string;
  readonly relatedSpdxElement: string;
}

/** A licence that the SPDX list does not have, with what it stands for. */
export interface ExtractedLicense {
  readonly licenseId: string;
  readonly extractedText: string;
}

/** An SPDX element id: letters, digits, dots and hyphens; anything else becomes a hyphen and its code, so that ids stay distinct. */
export function spdxId(...parts: readonly string[]): string {
  const safe = parts.map((part) =>
    part.replace(/[^A-Za-z0-9.-]/gu, (char) => `-x${(char.codePointAt(0) ?? 0).toString(16)}-`),
  );
  return `SPDXRef-${safe.join("-")}`;
}

/** RFC 3339 in UTC, whole seconds: what SPDX asks of `created`. */
export function spdxTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The text that is written and attested: two spaces of indentation, a newline at the end. */
export function formatSpdx(document: SpdxDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
