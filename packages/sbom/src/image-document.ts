import { compareBytes, hexOf, type Digest } from "@apkmill/core";
import type { PackageControl } from "@apkmill/apk";
import { declareLicense } from "./license.ts";
import { namespaceOf, spdxCreators } from "./package-document.ts";
import { apkPackageUrl, ociPackageUrl } from "./package-url.ts";
import { spdxId, spdxTime, type SpdxDocument, type SpdxPackage, type SpdxRelationship } from "./spdx.ts";

/** What `etc/os-release` says of the image; the scanners' key to its vulnerability data. */
export interface OperatingSystem {
  readonly id: string;
  readonly versionId: string;
  readonly name: string;
}

export interface ImageSbomRequest {
  /** Name of the image for people and in package URLs. */
  readonly name: string;
  /** Digest of the platform's manifest: what the SBOM is about. */
  readonly digest: Digest;
  readonly architecture: string;
  readonly createdEpoch: number;
  readonly system: OperatingSystem | undefined;
  readonly layers: readonly { readonly digest: Digest }[];
  readonly packages: readonly ImageSbomPackage[];
  /** `url@revision` of the source repository. */
  readonly vcsUrl?: string;
}

export interface ImageSbomPackage {
  readonly control: PackageControl;
  /** SHA-256 of the data section. */
  readonly dataDigest: Digest;
  /** SHA-1 of the control section, hex: the package's identity. */
  readonly identitySha1: string;
  /** The document that the package carries for itself, parsed; undefined when it has none or it is not SPDX 2.3. */
  readonly embedded?: SpdxDocument | undefined;
}

/** The SBOM of one platform's image: every package, whether or not it carries an SBOM of its own. Deterministic. */
export function describeImageSpdx(request: ImageSbomRequest): SpdxDocument {
  const image = describeImage(request);
  const system = request.system === undefined ? [] : [describeSystem(request.system)];
  const source = request.vcsUrl === undefined ? [] : [describeVcs(request.vcsUrl)];
  const layers = request.layers.map((layer) => describeLayer(layer, request));
  const sorted = [...request.packages].sort((a, b) => compareBytes(a.control.name, b.control.name));
  const apks = sorted.map((entry) => describeApk(entry, request.system));
  const licenses = sorted.flatMap(({ control }) => declareLicense(control.license).extracted);
  const embedded = sorted.flatMap((entry, index) => describeEmbedded(entry, apks[index]?.SPDXID ?? ""));
  const contains = [...layers, ...system, ...apks].map((part): SpdxRelationship => relate(image, "CONTAINS", part));
  const content = {
    packages: uniqueById([
      image,
      ...layers,
      ...system,
      ...source,
      ...apks,
      ...embedded.flatMap((part) => part.packages),
    ]),
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES" as const, relatedSpdxElement: image.SPDXID },
      ...contains,
      ...source.map((from) => relate(image, "GENERATED_FROM", from)),
      ...embedded.flatMap((part) => part.relationships),
    ],
    ...extractedOf([...licenses, ...embedded.flatMap((part) => part.licenses)]),
  };
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `sbom-${request.digest}`,
    documentNamespace: namespaceOf(`image/${hexOf(request.digest)}`, content),
    creationInfo: { created: spdxTime(request.createdEpoch), creators: spdxCreators },
    documentDescribes: [image.SPDXID],
    ...content,
  };
}

export interface IndexSbomRequest {
  readonly name: string;
  readonly digest: Digest;
  readonly createdEpoch: number;
  readonly platforms: readonly { readonly digest: Digest; readonly architecture: string }[];
}

/** The document of the whole image: its index, and that each platform is a variant of it. */
export function describeIndexSpdx({ name, digest, createdEpoch, platforms }: IndexSbomRequest): SpdxDocument {
  const index = container(name, digest, "Multi-platform image", {
    mediaType: "application/vnd.oci.image.index.v1+json",
  });
  const images = platforms.map((platform) =>
    container(name, platform.digest, `Image for ${platform.architecture}`, {
      arch: platform.architecture,
      os: "linux",
    }),
  );
  const content = {
    packages: [index, ...images],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES" as const, relatedSpdxElement: index.SPDXID },
      ...images.map((image) => relate(image, "VARIANT_OF", index)),
    ],
  };
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `sbom-${digest}`,
    documentNamespace: namespaceOf(`image/${hexOf(digest)}`, content),
    creationInfo: { created: spdxTime(createdEpoch), creators: spdxCreators },
    documentDescribes: [index.SPDXID],
    ...content,
  };
}

function describeImage({ name, digest, architecture }: ImageSbomRequest): SpdxPackage {
  return container(name, digest, `Image for ${architecture}`, { arch: architecture, os: "linux" });
}

function container(
  name: string,
  digest: Digest,
  description: string,
  qualifiers: Readonly<Record<string, string>>,
): SpdxPackage {
  const purl = ociPackageUrl(name, digest, qualifiers);
  return {
    ...blank(spdxId("Image", hexOf(digest)), name, digest),
    description,
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: "SHA256", checksumValue: hexOf(digest) }],
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
  };
}

function describeLayer({ digest }: { readonly digest: Digest }, { name, architecture }: ImageSbomRequest): SpdxPackage {
  return {
    ...blank(spdxId("Layer", hexOf(digest)), digest, ""),
    description: `Layer of ${name} for ${architecture}`,
    primaryPackagePurpose: "ARCHIVE",
    checksums: [{ algorithm: "SHA256", checksumValue: hexOf(digest) }],
  };
}

function describeSystem({ id, versionId, name }: OperatingSystem): SpdxPackage {
  return {
    ...blank(spdxId("OperatingSystem", id), id, versionId),
    description: name,
    primaryPackagePurpose: "OPERATING-SYSTEM",
  };
}

function describeVcs(vcsUrl: string): SpdxPackage {
  const [url = vcsUrl, revision = ""] = vcsUrl.split("@");
  return {
    ...blank(spdxId("Source", url, revision), url, revision),
    downloadLocation: `git+${url.replace(/^git\+/, "")}@${revision}`,
    primaryPackagePurpose: "SOURCE",
  };
}

function describeApk(
  { control, dataDigest, identitySha1 }: ImageSbomPackage,
  system: OperatingSystem | undefined,
): SpdxPackage {
  return {
    ...blank(spdxId("Package", control.name, control.version), control.name, control.version),
    supplier: supplierOf(control, system),
    licenseDeclared: declareLicense(control.license).expression,
    ...(control.description === "" ? {} : { description: control.description }),
    ...(/^https?:\/\//.test(control.url) ? { homepage: control.url } : {}),
    primaryPackagePurpose: "INSTALL",
    checksums: [
      { algorithm: "SHA1", checksumValue: identitySha1 },
      { algorithm: "SHA256", checksumValue: hexOf(dataDigest) },
    ],
    externalRefs: [
      { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: apkPackageUrl(control, system) },
    ],
  };
}

/** `Name <address>` is a person; otherwise the distribution supplies the package. */
function supplierOf({ maintainer }: PackageControl, system: OperatingSystem | undefined): string {
  const person = /^(.+?)\s*<([^>]+)>$/.exec(maintainer);
  if (person !== null) return `Person: ${person[1] ?? ""} (${person[2] ?? ""})`;
  if (maintainer !== "") return `Organization: ${maintainer}`;
  return system === undefined ? "NOASSERTION" : `Organization: ${system.name}`;
}

function blank(id: string, name: string, version: string): SpdxPackage {
  return {
    SPDXID: id,
    name,
    ...(version === "" ? {} : { versionInfo: version }),
    supplier: "NOASSERTION",
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
  };
}

function relate(
  from: SpdxPackage,
  relationshipType: SpdxRelationship["relationshipType"],
  to: SpdxPackage,
): SpdxRelationship {
  return { spdxElementId: from.SPDXID, relationshipType, relatedSpdxElement: to.SPDXID };
}

/** What a package's own document adds: the sources and parts that it names, under ids of their own. */
function describeEmbedded(
  { control, embedded }: ImageSbomPackage,
  ownId: string,
): {
  packages: SpdxPackage[];
  relationships: SpdxRelationship[];
  licenses: { licenseId: string; extractedText: string }[];
} {
  if (embedded === undefined) return { packages: [], relationships: [], licenses: [] };
  const described = new Set(embedded.documentDescribes);
  const others = embedded.packages.filter((part) => !described.has(part.SPDXID));
  const renamed = new Map(
    others.map((part) => [
      part.SPDXID,
      spdxId("Part", control.name, control.version, part.SPDXID.replace(/^SPDXRef-/, "")),
    ]),
  );
  const idOf = (id: string): string | undefined => (described.has(id) ? ownId : renamed.get(id));
  const relationships = embedded.relationships.flatMap(({ spdxElementId, relationshipType, relatedSpdxElement }) => {
    const [from, to] = [idOf(spdxElementId), idOf(relatedSpdxElement)];
    return from === undefined || to === undefined
      ? []
      : [{ spdxElementId: from, relationshipType, relatedSpdxElement: to }];
  });
  return {
    packages: others.map((part) => ({ ...part, SPDXID: renamed.get(part.SPDXID) ?? part.SPDXID })),
    relationships,
    licenses: [...(embedded.hasExtractedLicensingInfos ?? [])],
  };
}

function uniqueById(packages: readonly SpdxPackage[]): SpdxPackage[] {
  return [...new Map(packages.map((part) => [part.SPDXID, part])).values()];
}

function extractedOf(
  licenses: readonly { readonly licenseId: string; readonly extractedText: string }[],
): Partial<SpdxDocument> {
  const unique = [...new Map(licenses.map((license) => [license.licenseId, license])).values()];
  return unique.length === 0
    ? {}
    : { hasExtractedLicensingInfos: unique.sort((a, b) => compareBytes(a.licenseId, b.licenseId)) };
}
