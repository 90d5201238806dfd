import { parseSpdxActor } from "./actor.ts";
import type { Part, PartKind, Relation } from "./bill.ts";
import { parseChecksum } from "./checksums.ts";
import type { TakeId } from "./element-ids.ts";
import { licenseTexts, ownElement, referenceOf } from "./embedded-document.ts";
import { elementsInside, elementsReached } from "./embedded-graph.ts";
import { declareLicense } from "./license.ts";
import type { LicenseRefs } from "./license-refs.ts";
import { plainLine, plainName, plainText } from "./plain-text.ts";
import type { SpdxDocument, SpdxPackage } from "./spdx.ts";
import { downloadLocation, webAddress } from "./web-address.ts";

/** Ids of installed packages by their package URLs without qualifiers. */
export type InstalledParts = ReadonlyMap<string, string>;

export interface EmbeddedContext {
  readonly refs: LicenseRefs;
  readonly takeId: TakeId;
  readonly installed: InstalledParts;
}

export interface EmbeddedParts {
  readonly parts: readonly Part[];
  readonly relations: readonly Relation[];
}

/**
 * What a package's own document adds to that of the image: the sources and parts that can be reached from the package over
 * relationships, under ids that no other package's document has. What the document says of the package itself is in its
 * part. An installed package that the document mentions is that package; one that is not installed loses its package URL,
 * so that nobody takes it for installed. Elements that the document does not have are left out with what relates to them.
 */
export function describeEmbedded(own: Part, document: SpdxDocument, context: EmbeddedContext): EmbeddedParts {
  const self = ownElement(document, own.name);
  if (self === undefined) return { parts: [], relations: [] };
  const elements = elementsOf(document);
  const reached = elementsReached(self.SPDXID, document, elements);
  const inside = elementsInside(self.SPDXID, document);
  const ids = new Map([[self.SPDXID, own.id]]);
  const refs = context.refs.knowing(licenseTexts(document));
  const parts: Part[] = [];
  for (const [elementId, element] of elements) {
    if (elementId === self.SPDXID || !reached.has(elementId)) continue;
    const standing = context.installed.get(purlName(element));
    const id = standing ?? context.takeId("Part", own.name, own.version, elementId.replace(/^SPDXRef-/, ""));
    ids.set(elementId, id);
    if (standing === undefined)
      parts.push(describePiece(element, refs, id, { id: own.id, contained: inside.has(elementId) }));
  }
  return { parts, relations: relationsOf(document, ids) };
}

/** By id, the first of each. The image's operating system is its own, whatever a package thinks. */
function elementsOf({ packages }: SpdxDocument): Map<string, SpdxPackage> {
  const elements = new Map<string, SpdxPackage>();
  for (const one of packages) {
    if (!elements.has(one.SPDXID) && !/^OPERATING[-_]SYSTEM$/.test(one.primaryPackagePurpose ?? ""))
      elements.set(one.SPDXID, one);
  }
  return elements;
}

/** The package URL of an apk, without qualifiers; "" for anything else. */
function purlName(element: SpdxPackage): string {
  const purl = referenceOf(element, "purl") ?? "";
  return purl.startsWith("pkg:apk/") ? purl.replace(/[?#].*$/s, "") : "";
}

function relationsOf({ relationships }: SpdxDocument, ids: ReadonlyMap<string, string>): Relation[] {
  const seen = new Set<string>();
  return relationships.flatMap(({ spdxElementId, relationshipType: type, relatedSpdxElement }) => {
    const [from, to] = [ids.get(spdxElementId), ids.get(relatedSpdxElement)];
    const key = `${from ?? ""} ${type} ${to ?? ""}`;
    if (from === undefined || to === undefined || from === to || seen.has(key)) return [];
    seen.add(key);
    return [{ from, type, to }];
  });
}

function describePiece(element: SpdxPackage, refs: LicenseRefs, id: string, of: Part["of"]): Part {
  const copyright = plainText(element.copyrightText);
  const purl = referenceOf(element, "purl");
  return {
    id,
    kind: kindOf(element.primaryPackagePurpose),
    name: plainName(element.name),
    version: plainLine(element.versionInfo ?? ""),
    supplier: parseSpdxActor(element.supplier),
    originator: parseSpdxActor(element.originator ?? ""),
    license: declareLicense(element.licenseDeclared, refs),
    concluded: declareLicense(element.licenseConcluded, refs),
    copyright: copyright === "" || copyright === "NOASSERTION" ? undefined : copyright,
    description: plainText(element.description ?? "") || undefined,
    homepage: webAddress(element.homepage ?? ""),
    location: downloadLocation(element.downloadLocation),
    sourceInfo: plainText(element.sourceInfo ?? "") || undefined,
    checksums: (element.checksums ?? []).flatMap(({ algorithm, checksumValue }) => {
      return parseChecksum(algorithm, checksumValue) ?? [];
    }),
    purl: purl?.startsWith("pkg:apk/") === true ? undefined : purl,
    cpe: referenceOf(element, "cpe23Type"),
    of,
  };
}

const purposes: Readonly<Record<string, PartKind>> = {
  APPLICATION: "application",
  ARCHIVE: "archive",
  CONTAINER: "other",
  DEVICE: "device",
  FILE: "file",
  FIRMWARE: "firmware",
  FRAMEWORK: "framework",
  INSTALL: "package",
  LIBRARY: "library",
  OTHER: "other",
  SOURCE: "source",
};

function kindOf(purpose: string | undefined): PartKind {
  return purpose !== undefined && Object.hasOwn(purposes, purpose) ? (purposes[purpose] ?? "unknown") : "unknown";
}
