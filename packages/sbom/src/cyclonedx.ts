/** CycloneDX 1.6 documents as plain data; only the fields that we write. Source: CycloneDX 1.6, JSON schema. */

/** Fields that are undefined are left out of the text. */
export interface CycloneDxDocument {
  readonly $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json";
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  /** `urn:uuid:…`, made of a hash of what the document says. */
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: CycloneDxMetadata;
  readonly components: readonly CycloneDxComponent[];
  readonly dependencies: readonly CycloneDxDependency[];
}

export interface CycloneDxMetadata {
  readonly timestamp: string;
  readonly tools: { readonly components: readonly { readonly type: "application"; readonly name: string }[] };
  readonly manufacturer?: CycloneDxOrganization | undefined;
  readonly component: CycloneDxComponent;
  readonly supplier?: CycloneDxOrganization | undefined;
  readonly properties?: readonly CycloneDxProperty[] | undefined;
}

export interface CycloneDxComponent {
  readonly type: string;
  readonly "bom-ref": string;
  readonly supplier?: CycloneDxOrganization | undefined;
  readonly authors?: readonly CycloneDxContact[] | undefined;
  readonly name: string;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[] | undefined;
  readonly licenses?: readonly CycloneDxLicense[] | undefined;
  readonly copyright?: string | undefined;
  readonly cpe?: string | undefined;
  readonly purl?: string | undefined;
  readonly pedigree?: { readonly ancestors: readonly CycloneDxComponent[] } | undefined;
  readonly externalReferences?: readonly CycloneDxReference[] | undefined;
  readonly components?: readonly CycloneDxComponent[] | undefined;
  readonly properties?: readonly CycloneDxProperty[] | undefined;
}

export interface CycloneDxOrganization {
  readonly name: string;
  readonly contact?: readonly CycloneDxContact[] | undefined;
}

export interface CycloneDxContact {
  readonly name: string;
  readonly email?: string | undefined;
}

/** One listed licence, one of its own, or an expression. */
export type CycloneDxLicense =
  | { readonly license: { readonly id: string } }
  | { readonly license: { readonly name: string; readonly text?: { readonly content: string } | undefined } }
  | { readonly expression: string };

export interface CycloneDxReference {
  readonly url: string;
  readonly type: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

export interface CycloneDxProperty {
  readonly name: string;
  readonly value: string;
}

export interface CycloneDxDependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[] | undefined;
}

/** The text that is written and attested: two spaces of indentation, a newline at the end. */
export function formatCycloneDx(document: CycloneDxDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
