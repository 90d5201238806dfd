import type { PackageControl } from "@apkmill/apk";
import { hexOf, type Digest } from "@apkmill/core";
import { organization, parseMaintainer, parseSpdxActor } from "./actor.ts";
import type { Checksum, Part, Property } from "./bill.ts";
import type { TakeId } from "./element-ids.ts";
import { licenseTexts, ownElement, referenceOf } from "./embedded-document.ts";
import { declareLicense } from "./license.ts";
import type { LicenseRefs } from "./license-refs.ts";
import { apkPackageUrl, type OperatingSystem } from "./package-url.ts";
import { plainLine, plainName, plainText } from "./plain-text.ts";
import type { SpdxDocument, SpdxPackage } from "./spdx.ts";
import { webAddress } from "./web-address.ts";

/** What an SBOM says of an installed package comes from these fields of its metadata. */
export type ApkMetadata = Pick<
  PackageControl,
  | "name"
  | "version"
  | "arch"
  | "description"
  | "url"
  | "license"
  | "origin"
  | "maintainer"
  | "commit"
  | "depends"
  | "provides"
>;

/** What is known of an installed package. */
export interface ApkFacts {
  readonly control: ApkMetadata;
  /** SHA-256 of the data section; undefined where only the installed database is known. */
  readonly dataDigest?: Digest | undefined;
  /** SHA-1 of the control section, hex: the identity of a v2 package; undefined for a v3 package, which has none. */
  readonly identitySha1?: string | undefined;
  readonly embedded?: SpdxDocument | undefined;
}

/** The part that stands for an installed package: what its signed metadata says, and where that is silent its own document. */
export function describeApk(
  { control, dataDigest, identitySha1, embedded }: ApkFacts,
  {
    system,
    refs,
    takeId,
  }: { readonly system: OperatingSystem | undefined; readonly refs: LicenseRefs; readonly takeId: TakeId },
): Part {
  const { name, version, description, url } = control;
  const own = embedded === undefined ? undefined : ownElement(embedded, name);
  const known = embedded === undefined ? refs : refs.knowing(licenseTexts(embedded));
  return {
    id: takeId("Package", name, version),
    kind: "package",
    name: plainName(name),
    version: plainLine(version),
    supplier: parseMaintainer(control.maintainer) ?? parseSpdxActor(own?.supplier ?? "") ?? organization(system?.name),
    originator: parseSpdxActor(own?.originator ?? ""),
    license: declareLicense(control.license || (own?.licenseDeclared ?? ""), known),
    concluded: own === undefined ? undefined : declareLicense(own.licenseConcluded, known),
    copyright: copyrightOf(own),
    description: plainText(description) || undefined,
    homepage: webAddress(url),
    sourceInfo: sourceOf(control),
    comment: commentOf(control),
    checksums: checksumsOf(identitySha1, dataDigest),
    purl: apkPackageUrl(control, system),
    cpe: referenceOf(own, "cpe23Type"),
    properties: propertiesOf(control),
  };
}

function copyrightOf(own: SpdxPackage | undefined): string | undefined {
  const text = plainText(own?.copyrightText ?? "");
  return text === "" || text === "NOASSERTION" ? undefined : text;
}

function checksumsOf(identitySha1: string | undefined, dataDigest: Digest | undefined): Checksum[] {
  return [
    ...(identitySha1 === undefined ? [] : [{ algorithm: "SHA1", value: identitySha1, of: "the control section" }]),
    ...(dataDigest === undefined ? [] : [{ algorithm: "SHA256", value: hexOf(dataDigest), of: "the data section" }]),
  ];
}

/** In trivy's words, by which it finds what is known of the origin in an SPDX document. */
function sourceOf({ origin, version }: ApkMetadata): string | undefined {
  return /^\S+ \S+$/.test(`${origin} ${version}`)
    ? `built package from: ${plainLine(origin)} ${plainLine(version)}`
    : undefined;
}

/** melange and abuild write the commit of their own repository, not that of the sources. */
function commentOf({ commit }: ApkMetadata): string | undefined {
  return commit === "" ? undefined : `packaged at commit ${plainLine(commit)} of the packages' repository`;
}

function propertiesOf({ origin, commit }: ApkMetadata): Property[] {
  return [
    ...(origin === "" ? [] : [{ name: "apkmill:origin", value: plainLine(origin) }]),
    ...(commit === "" ? [] : [{ name: "apkmill:commit", value: plainLine(commit) }]),
  ];
}
