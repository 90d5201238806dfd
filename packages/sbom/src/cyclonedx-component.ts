import { append } from "@apkmill/core";
import type { Actor, Bill, DocumentLink, DocumentLinks, Part, PartKind } from "./bill.ts";
import { cycloneDxAlgorithm } from "./checksums.ts";
import type {
  CycloneDxComponent,
  CycloneDxLicense,
  CycloneDxOrganization,
  CycloneDxProperty,
  CycloneDxReference,
} from "./cyclonedx.ts";

/** What a part is described with, beside itself. */
export interface View {
  readonly links: DocumentLinks;
  /** What packages' own documents name, by the id of the package. */
  readonly pieces: ReadonlyMap<string, readonly Part[]>;
  /** What licences of their own stand for. */
  readonly texts: Map<string, string>;
}

/** The view of a whole bill. */
export function viewOf(bill: Bill, links: DocumentLinks): View {
  return { links, pieces: piecesOf(bill), texts: textsOf(bill) };
}

function piecesOf({ parts }: Bill): Map<string, Part[]> {
  const pieces = new Map<string, Part[]>();
  for (const part of parts) {
    if (part.of !== undefined) append(pieces, part.of.id, part);
  }
  return pieces;
}

function textsOf({ licenses }: Bill): Map<string, string> {
  return new Map(licenses.map(({ licenseId, extractedText }) => [licenseId, extractedText]));
}

/** The part as a component, with what belongs to it inside. Keys in this order; those that are undefined are not written. */
export function describeComponent(part: Part, view: View): CycloneDxComponent {
  const pieces = view.pieces.get(part.id) ?? [];
  const inside = pieces.filter(({ of }) => of?.contained === true);
  const outside = pieces.filter(({ of }) => of?.contained === false);
  return {
    type: types[part.kind],
    "bom-ref": part.id,
    supplier: organizationOf(part.supplier),
    authors: part.originator === undefined ? undefined : [contactOf(part.originator)],
    name: part.name,
    version: part.version || undefined,
    description: part.description,
    hashes: hashesOf(part),
    licenses: licensesOf(part, view.texts),
    copyright: part.copyright,
    cpe: part.cpe,
    purl: part.purl,
    pedigree: outside.length === 0 ? undefined : { ancestors: outside.map((one) => describeComponent(one, view)) },
    externalReferences: referencesOf(part, view.links.get(part.id)),
    components: inside.length === 0 ? undefined : inside.map((one) => describeComponent(one, view)),
    properties: propertiesOf(part),
  };
}

const types: Readonly<Record<PartKind, string>> = {
  image: "container",
  layer: "file",
  system: "operating-system",
  package: "library",
  source: "library",
  application: "application",
  archive: "file",
  device: "device",
  file: "file",
  firmware: "firmware",
  framework: "framework",
  library: "library",
  other: "library",
  unknown: "library",
};

/** Who supplies something; a person is an organisation that has a contact. */
export function organizationOf(one: Actor | undefined): CycloneDxOrganization | undefined {
  if (one === undefined) return undefined;
  return one.email === undefined ? { name: one.name } : { name: one.name, contact: [contactOf(one)] };
}

function contactOf({ name, email }: Actor): { readonly name: string; readonly email?: string | undefined } {
  return { name, email };
}

function hashesOf({ checksums = [] }: Part): { readonly alg: string; readonly content: string }[] | undefined {
  const hashes = checksums.flatMap(({ algorithm, value }) => {
    const alg = cycloneDxAlgorithm(algorithm);
    return alg === undefined ? [] : [{ alg, content: value }];
  });
  return hashes.length === 0 ? undefined : hashes;
}

/** A text stands at the first component that has it: thousands may name one licence, whose text is long. */
function licensesOf({ license }: Part, texts: Map<string, string>): CycloneDxLicense[] | undefined {
  if (license === undefined || license.expression === "NOASSERTION" || license.expression === "NONE") return undefined;
  const { expression, listed, name } = license;
  if (listed) return [{ license: { id: expression } }];
  if (name === undefined) return [{ expression }];
  const content = texts.get(expression);
  texts.delete(expression);
  return [{ license: { name, text: content === undefined || content === name ? undefined : { content } } }];
}

function referencesOf({ homepage, location }: Part, link: DocumentLink | undefined): CycloneDxReference[] | undefined {
  const references: CycloneDxReference[] = [];
  if (homepage !== undefined) references.push({ url: homepage, type: "website" });
  if (location !== undefined)
    references.push({ url: location, type: /^(?:git|hg|svn|bzr)\+/.test(location) ? "vcs" : "distribution" });
  if (link !== undefined) references.push(bomLink(link));
  return references.length === 0 ? undefined : references;
}

/** As documents of this format name each other: `urn:cdx:SERIAL/VERSION`. */
function bomLink({ id, sha256 }: DocumentLink): CycloneDxReference {
  const url = `urn:cdx:${id.replace(/^urn:uuid:/, "")}/1`;
  return { url, type: "bom", hashes: [{ alg: "SHA-256", content: sha256 }] };
}

/** A hash here means that of the component; where it is another's, that is said. */
function propertiesOf({ checksums = [], properties = [] }: Part): CycloneDxProperty[] | undefined {
  const all = [...properties];
  for (const { algorithm, of } of checksums) {
    const alg = cycloneDxAlgorithm(algorithm);
    if (of !== undefined && alg !== undefined) all.push({ name: `apkmill:hash-of:${alg}`, value: of });
  }
  return all.length === 0 ? undefined : all;
}
