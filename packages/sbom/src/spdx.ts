/** SPDX 2.3 documents as plain data; only the fields that we write. Source: the SPDX 2.3 specification, JSON form. */

import type { ExtractedLicense } from "./license-refs.ts";

/** Fields that are undefined are left out of the text. */
export interface SpdxDocument {
  readonly spdxVersion: "SPDX-2.3";
  readonly dataLicense: "CC0-1.0";
  readonly SPDXID: "SPDXRef-DOCUMENT";
  readonly name: string;
  /** Unique for each document: ends with a hash of what the document says. */
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly comment?: string | undefined;
  readonly externalDocumentRefs?: readonly SpdxDocumentRef[] | undefined;
  readonly documentDescribes: readonly string[];
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
  readonly hasExtractedLicensingInfos?: readonly ExtractedLicense[] | undefined;
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string | undefined;
  readonly supplier: string;
  readonly originator?: string | undefined;
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly copyrightText: string;
  readonly description?: string | undefined;
  readonly homepage?: string | undefined;
  readonly sourceInfo?: string | undefined;
  readonly comment?: string | undefined;
  readonly primaryPackagePurpose?: string | undefined;
  readonly checksums?: readonly SpdxChecksum[] | undefined;
  readonly externalRefs?: readonly SpdxExternalRef[] | undefined;
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

/** Another document, by its namespace. */
export interface SpdxDocumentRef {
  readonly externalDocumentId: string;
  readonly checksum: SpdxChecksum;
  readonly spdxDocument: string;
}

/** The text that is written and attested: two spaces of indentation, a newline at the end. */
export function formatSpdx(document: SpdxDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
