import type { PackageControl } from "@apkmill/apk";
import { compareBytes, hexOf, type Digest } from "@apkmill/core";
import { assembleDocument, blankPackage, relate } from "./assemble-document.ts";
import { describeContainer, type ContainerSubject } from "./container.ts";
import { describeEmbedded } from "./embedded-document.ts";
import { declareLicense } from "./license.ts";
import { apkPackageUrl } from "./package-url.ts";
import { spdxId, type SpdxDocument, type SpdxPackage } from "./spdx.ts";

/** What `etc/os-release` says of the image; the scanners' key to its vulnerability data. */
export interface OperatingSystem {
  readonly id: string;
  readonly versionId: string;
  readonly name: string;
}

export interface ImageSbomRequest extends ContainerSubject {
  readonly createdEpoch: number;
  readonly system: OperatingSystem | undefined;
  readonly layers: readonly { readonly digest: Digest }[];
  readonly packages: readonly ImageSbomPackage[];
  /** Where the image's own sources are. */
  readonly vcs?: { readonly url: string; readonly revision: string };
}

export interface ImageSbomPackage {
  readonly control: PackageControl;
  /** SHA-256 of the data section. */
  readonly dataDigest: Digest;
  /** SHA-1 of the control section, hex: the identity of a v2 package; undefined for a v3 package, which has none. */
  readonly identitySha1?: string | undefined;
  /** The document that the package carries for itself; undefined when it has none. */
  readonly embedded?: SpdxDocument | undefined;
}

/** What the checksums of an installed package are of: it is in the image without the file that it came in. */
const comment =
  "Checksums of installed packages: SHA1 is that of the control section, by which an apk index names the package; " +
  "SHA256 is that of the data section, the datahash of its signed metadata. A package in apk's v3 format has neither; " +
  "SHA256 is then that of the data section that was written for it from its verified files.";

/** The SBOM of one platform's image: every package, whether or not it carries an SBOM of its own. Deterministic. */
export function describeImageSpdx(request: ImageSbomRequest): SpdxDocument {
  const root = { ...describeContainer(request), supplier: supplierOf("", request.system) };
  const layers = request.layers.map((layer) => describeLayer(layer, request));
  const system = request.system === undefined ? [] : [describeSystem(request.system)];
  const source = request.vcs === undefined ? [] : [describeVcs(request.vcs)];
  const sorted = [...request.packages].sort((a, b) => compareBytes(a.control.name, b.control.name));
  const apks = sorted.map((one) => describeApk(one, request.system));
  const embedded = sorted.map((one, index) => describeEmbedded(one, apks[index]?.SPDXID ?? ""));
  return assembleDocument({
    name: `sbom-${request.digest}`,
    path: `image/${hexOf(request.digest)}`,
    createdEpoch: request.createdEpoch,
    comment,
    root,
    packages: [...layers, ...system, ...source, ...apks, ...embedded.flatMap(({ packages }) => packages)],
    relationships: [
      ...[...layers, ...system, ...apks].map((part) => relate(root.SPDXID, "CONTAINS", part.SPDXID)),
      ...source.map((from) => relate(root.SPDXID, "GENERATED_FROM", from.SPDXID)),
      ...embedded.flatMap(({ relationships }) => relationships),
    ],
    licenses: [
      ...sorted.flatMap(({ control }) => declareLicense(control.license).extracted),
      ...embedded.flatMap(({ licenses }) => licenses),
    ],
  });
}

function describeLayer({ digest }: { readonly digest: Digest }, { name, architecture }: ContainerSubject): SpdxPackage {
  return {
    ...blankPackage(spdxId("Layer", hexOf(digest)), digest, ""),
    description: `Layer of ${name} for ${architecture}`,
    primaryPackagePurpose: "ARCHIVE",
    checksums: [{ algorithm: "SHA256", checksumValue: hexOf(digest) }],
  };
}

/** The beginning of its id is what trivy finds it by; the purpose is spelled as the JSON schema of SPDX has it. */
function describeSystem(system: OperatingSystem): SpdxPackage {
  return {
    ...blankPackage(spdxId("OperatingSystem", system.id), system.id, system.versionId),
    supplier: supplierOf("", system),
    description: system.name,
    primaryPackagePurpose: "OPERATING_SYSTEM",
  };
}

function describeVcs({ url, revision }: { readonly url: string; readonly revision: string }): SpdxPackage {
  return {
    ...blankPackage(spdxId("Source", url, revision), url, revision),
    downloadLocation: `git+${url.replace(/^git\+/, "")}@${revision}`,
    primaryPackagePurpose: "SOURCE",
  };
}

function describeApk(
  { control, dataDigest, identitySha1, embedded }: ImageSbomPackage,
  system: OperatingSystem | undefined,
): SpdxPackage {
  const purl = apkPackageUrl(control, system);
  const own = embedded?.packages.find(({ SPDXID }) => embedded.documentDescribes.includes(SPDXID));
  return {
    ...blankPackage(spdxId("Package", control.name, control.version), control.name, control.version),
    supplier: supplierOf(control.maintainer, system),
    licenseDeclared: declareLicense(control.license).expression,
    ...(own === undefined ? {} : { copyrightText: own.copyrightText }),
    ...(control.description === "" ? {} : { description: control.description }),
    ...(/^https?:\/\//.test(control.url) ? { homepage: control.url } : {}),
    primaryPackagePurpose: "INSTALL",
    checksums: [
      ...(identitySha1 === undefined ? [] : [{ algorithm: "SHA1", checksumValue: identitySha1 } as const]),
      { algorithm: "SHA256", checksumValue: hexOf(dataDigest) },
    ],
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
  };
}

/** `Name <address>` is a person, another text an organisation; where nobody is named the distribution supplies it. */
function supplierOf(maintainer: string, system: OperatingSystem | undefined): string {
  const [, name, address] = /^(.+?)\s*<([^<>()]+)>$/.exec(maintainer) ?? [];
  if (name !== undefined && address !== undefined) return `Person: ${name.replace(/[()]/g, "")} (${address})`;
  const organisation = maintainer === "" || maintainer === "unknown" ? system?.name : maintainer;
  return organisation === undefined ? "NOASSERTION" : `Organization: ${organisation}`;
}
