import { createHash } from "node:crypto";
import type { Bill, DocumentLinks, Part, WrittenBill } from "./bill.ts";
import { describeComponent, organizationOf, viewOf, type View } from "./cyclonedx-component.ts";
import {
  formatCycloneDx,
  type CycloneDxComponent,
  type CycloneDxDependency,
  type CycloneDxDocument,
  type CycloneDxMetadata,
  type CycloneDxProperty,
} from "./cyclonedx.ts";
import { documentTime } from "./document-time.ts";

/** The bill as a CycloneDX 1.6 file. The same bill always gives the same bytes. */
export function writeCycloneDx(bill: Bill, links: DocumentLinks = new Map()): WrittenBill {
  const document = describeCycloneDx(bill, links);
  return { id: document.serialNumber, text: formatCycloneDx(document) };
}

/**
 * The bill as a CycloneDX 1.6 document. What went into a package is its ancestors, what a package says it contains are its
 * components; the sources of the image are addresses of it.
 */
export function describeCycloneDx(bill: Bill, links: DocumentLinks = new Map()): CycloneDxDocument {
  const view = viewOf(bill, links);
  const sources = bill.parts.filter(({ kind, of }) => kind === "source" && of === undefined);
  const listed = bill.parts.filter((part) => part !== bill.root && part.of === undefined && !sources.includes(part));
  const components = listed.map((part) => describeComponent(part, view));
  const metadata = describeMetadata(bill, describeRoot(bill.root, sources, view));
  const dependencies = describeDependencies(bill, listed);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialOf(JSON.stringify([metadata, components, dependencies])),
    version: 1,
    metadata,
    components,
    dependencies,
  };
}

/** A UUID of version 8 (RFC 9562 §5.8): the hash of the content, as the same content is the same document. */
function serialOf(content: string): string {
  const bytes = createHash("sha256").update(content).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `urn:uuid:${bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")}`;
}

function describeMetadata(bill: Bill, component: CycloneDxComponent): CycloneDxMetadata {
  const { createdEpoch, author, root } = bill;
  const properties = propertiesOf(bill);
  return {
    timestamp: documentTime(createdEpoch),
    tools: { components: [{ type: "application", name: "apkmill" }] },
    manufacturer: organizationOf(author),
    component,
    supplier: organizationOf(root.supplier),
    properties: properties.length === 0 ? undefined : properties,
  };
}

/**
 * The comment, and what the licences stand for that expressions mention: an expression is all that 1.6 lets a component say
 * then. Once for the document, as a text may be long and its mentions many.
 */
function propertiesOf({ comment, parts, licenses }: Bill): CycloneDxProperty[] {
  const expressions = parts.flatMap(({ license }) => (license?.name === undefined ? [license?.expression ?? ""] : []));
  const mentioned = new Set(expressions.flatMap((text) => text.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? []));
  const told = licenses.filter(({ licenseId, extractedText }) => {
    return mentioned.has(licenseId) && extractedText !== licenseId;
  });
  return [
    ...(comment === undefined ? [] : [{ name: "apkmill:comment", value: comment }]),
    ...told.map(({ licenseId, extractedText }) => ({ name: `apkmill:license:${licenseId}`, value: extractedText })),
  ];
}

function describeRoot(root: Part, sources: readonly Part[], view: View): CycloneDxComponent {
  const addresses = sources.flatMap(({ location }) => (location === undefined ? [] : [{ url: location, type: "vcs" }]));
  const component = describeComponent(root, view);
  if (addresses.length === 0) return component;
  return { ...component, externalReferences: [...(component.externalReferences ?? []), ...addresses] };
}

/** Of every component what it depends on; the image depends on all that it is made of. */
function describeDependencies({ root, relations, parts }: Bill, listed: readonly Part[]): CycloneDxDependency[] {
  const inside = parts.filter(({ of }) => of?.contained === true);
  const needs = new Map<string, string[]>([...listed, ...inside].map(({ id }) => [id, []]));
  for (const { from, type, to } of relations) {
    if (type === "DEPENDS_ON" && needs.has(to)) needs.get(from)?.push(to);
  }
  const direct = listed.map(({ id }) => id);
  return [
    { ref: root.id, dependsOn: direct },
    ...[...needs].map(([ref, dependsOn]) => ({
      ref,
      dependsOn: dependsOn.length === 0 ? undefined : [...new Set(dependsOn)],
    })),
  ];
}
