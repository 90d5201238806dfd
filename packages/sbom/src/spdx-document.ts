import { createHash } from "node:crypto";
import { formatSpdxActor } from "./actor.ts";
import type { Bill, DocumentLink, DocumentLinks, Part, PartKind, Relation, WrittenBill } from "./bill.ts";
import {
  formatSpdx,
  type SpdxDocument,
  type SpdxDocumentRef,
  type SpdxExternalRef,
  type SpdxPackage,
  type SpdxRelationship,
} from "./spdx.ts";
import { documentTime } from "./document-time.ts";

/** The bill as an SPDX 2.3 file. The same bill always gives the same bytes. */
export function writeSpdx(bill: Bill, links: DocumentLinks = new Map()): WrittenBill {
  const document = describeSpdx(bill, links);
  return { id: document.documentNamespace, text: formatSpdx(document) };
}

/** The bill as an SPDX 2.3 document. */
export function describeSpdx(bill: Bill, links: DocumentLinks = new Map()): SpdxDocument {
  const { name, createdEpoch, comment, root, licenses } = bill;
  const packages = bill.parts.map(describePart);
  const linked = bill.parts.filter(({ id }) => links.has(id));
  const externalDocumentRefs = linked.flatMap(({ id }, at) => refOf(links.get(id), at));
  const relationships = [
    relate({ from: "DOCUMENT", type: "DESCRIBES", to: root.id }),
    ...bill.relations.map(relate),
    ...linked.map(relateDocument),
  ];
  const hasExtractedLicensingInfos = licenses.length === 0 ? undefined : licenses;
  const content = { packages, relationships, hasExtractedLicensingInfos, externalDocumentRefs };
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name,
    documentNamespace: namespaceOf(bill, JSON.stringify(content)),
    creationInfo: { created: documentTime(createdEpoch), creators: creatorsOf(bill) },
    comment,
    externalDocumentRefs: externalDocumentRefs.length === 0 ? undefined : externalDocumentRefs,
    documentDescribes: [spdxId(root.id)],
    packages,
    relationships,
    hasExtractedLicensingInfos,
  };
}

/** A URI that no other document has: it ends with a hash of the content. */
function namespaceOf({ path, name, createdEpoch }: Bill, content: string): string {
  const words = `${name}\n${String(createdEpoch)}\n${content}`;
  const hash = createHash("sha256").update(words).digest("hex").slice(0, 32);
  return `https://spdx.org/spdxdocs/apkmill/${path.split("/").map(encodeURIComponent).join("/")}-${hash}`;
}

function creatorsOf({ author }: Bill): string[] {
  return ["Tool: apkmill", ...(author === undefined ? [] : [formatSpdxActor(author)])];
}

function spdxId(id: string): string {
  return `SPDXRef-${id}`;
}

function relate({ from, type, to }: Relation): SpdxRelationship {
  return { spdxElementId: spdxId(from), relationshipType: type, relatedSpdxElement: spdxId(to) };
}

/** Keys in this order; those that are undefined are not written. */
function describePart(part: Part): SpdxPackage {
  const { checksums } = part;
  return {
    SPDXID: spdxId(part.id),
    name: part.name,
    versionInfo: part.version || undefined,
    supplier: formatSpdxActor(part.supplier),
    originator: part.originator === undefined ? undefined : formatSpdxActor(part.originator),
    downloadLocation: part.location ?? "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: part.concluded?.expression ?? "NOASSERTION",
    licenseDeclared: part.license?.expression ?? "NOASSERTION",
    copyrightText: part.copyright ?? "NOASSERTION",
    description: part.description,
    homepage: part.homepage,
    sourceInfo: part.sourceInfo,
    comment: commentOf(part),
    primaryPackagePurpose: purposes[part.kind],
    checksums:
      checksums === undefined || checksums.length === 0
        ? undefined
        : checksums.map(({ algorithm, value }) => ({ algorithm, checksumValue: value })),
    externalRefs: referencesOf(part),
  };
}

/** SPDX means the checksum of the file that a package came in; where it is another's, that is said. */
function commentOf({ comment, checksums = [] }: Part): string | undefined {
  const said = comment === undefined ? [] : [comment];
  for (const { algorithm, of } of checksums) if (of !== undefined) said.push(`${algorithm} is of ${of}`);
  return said.length === 0 ? undefined : said.join("; ");
}

function referencesOf({ purl, cpe }: Part): SpdxExternalRef[] | undefined {
  if (purl === undefined && cpe === undefined) return undefined;
  const references: SpdxExternalRef[] = [];
  if (purl !== undefined)
    references.push({ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl });
  if (cpe !== undefined)
    references.push({ referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: cpe });
  return references;
}

/** As the JSON schema of SPDX spells them. */
const purposes: Readonly<Record<PartKind, string | undefined>> = {
  image: "CONTAINER",
  layer: "ARCHIVE",
  system: "OPERATING_SYSTEM",
  package: "INSTALL",
  source: "SOURCE",
  application: "APPLICATION",
  archive: "ARCHIVE",
  device: "DEVICE",
  file: "FILE",
  firmware: "FIRMWARE",
  framework: "FRAMEWORK",
  library: "LIBRARY",
  other: "OTHER",
  unknown: undefined,
};

function refOf(link: DocumentLink | undefined, at: number): SpdxDocumentRef[] {
  if (link === undefined) return [];
  const checksum = { algorithm: "SHA1", checksumValue: link.sha1 };
  return [{ externalDocumentId: documentRef(at), checksum, spdxDocument: link.id }];
}

function relateDocument({ id }: Part, at: number): SpdxRelationship {
  const relatedSpdxElement = `${documentRef(at)}:SPDXRef-DOCUMENT`;
  return { spdxElementId: spdxId(id), relationshipType: "DESCRIBED_BY", relatedSpdxElement };
}

/** By their places: the names of other documents are this one's own business. */
function documentRef(at: number): string {
  return `DocumentRef-${String(at + 1)}`;
}
