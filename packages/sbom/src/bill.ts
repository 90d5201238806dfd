import type { DeclaredLicense } from "./license.ts";
import type { ExtractedLicense } from "./license-refs.ts";

/**
 * A bill of materials in the terms that SPDX and CycloneDX share. It is described once and written in either format, so
 * that both always say the same.
 */
export interface Bill {
  readonly name: string;
  /** The document's place below our name space; a hash of the content is added. */
  readonly path: string;
  /** Seconds since the epoch. */
  readonly createdEpoch: number;
  /** Who had it made, beside the tool that did; undefined when nobody is named. */
  readonly author?: Actor | undefined;
  readonly comment?: string;
  /** What the bill is about; the first of `parts`. */
  readonly root: Part;
  /** Ids are unique. */
  readonly parts: readonly Part[];
  /** Between parts of this bill only. */
  readonly relations: readonly Relation[];
  /** The licences of their own that parts mention, by id. */
  readonly licenses: readonly ExtractedLicense[];
}

export interface Part {
  /** Letters, digits, dots and hyphens; unique in its bill, and the same whenever the same is described. */
  readonly id: string;
  readonly kind: PartKind;
  readonly name: string;
  /** "" for none. */
  readonly version: string;
  readonly description?: string | undefined;
  readonly supplier?: Actor | undefined;
  readonly originator?: Actor | undefined;
  readonly license?: DeclaredLicense | undefined;
  readonly concluded?: DeclaredLicense | undefined;
  readonly copyright?: string | undefined;
  /** An http address. */
  readonly homepage?: string | undefined;
  /** A download location in SPDX's form. */
  readonly location?: string | undefined;
  /** Where the package was made, for people. */
  readonly sourceInfo?: string | undefined;
  readonly comment?: string | undefined;
  readonly checksums?: readonly Checksum[] | undefined;
  readonly purl?: string | undefined;
  readonly cpe?: string | undefined;
  /** Facts that neither format has a field for. */
  readonly properties?: readonly Property[] | undefined;
  /** Of what a package's own document names: the id of that package, and whether it is in the image or only went into it. */
  readonly of?: { readonly id: string; readonly contained: boolean } | undefined;
}

/** What a part is. The kinds after `source` are those of packages' own documents, by the purpose that they state. */
export type PartKind =
  | "image"
  | "layer"
  | "system"
  | "package"
  | "source"
  | "application"
  | "archive"
  | "device"
  | "file"
  | "firmware"
  | "framework"
  | "library"
  | "other"
  | "unknown";

export interface Actor {
  readonly type: "Person" | "Organization";
  readonly name: string;
  readonly email?: string | undefined;
}

export interface Checksum {
  /** As SPDX writes it. */
  readonly algorithm: string;
  readonly value: string;
  /** What it is the checksum of, where that is not the file that the part came in. */
  readonly of?: string | undefined;
}

export interface Property {
  readonly name: string;
  readonly value: string;
}

export interface Relation {
  readonly from: string;
  /** As SPDX writes it. */
  readonly type: string;
  readonly to: string;
}

/** Where another document says more about a part. */
export interface DocumentLink {
  /** SPDX's namespace, or CycloneDX's serial number. */
  readonly id: string;
  /** Of the file, hex. */
  readonly sha1: string;
  readonly sha256: string;
}

/** A document as it is written to a file, and the name by which others refer to it. */
export interface WrittenBill {
  readonly id: string;
  readonly text: string;
}

/** What a format is given beside the bill: the documents that say more, by the id of their part. */
export type DocumentLinks = ReadonlyMap<string, DocumentLink>;
