import { createHash } from "node:crypto";
import { canonicalJson } from "@apkmill/core";
import { declareLicense } from "./license.ts";
import { apkPackageUrl } from "./package-url.ts";
import { spdxId, spdxTime, type SpdxDocument, type SpdxPackage } from "./spdx.ts";

/** What a package's own SBOM says; its files are covered by the package's data hash. */
export interface PackageSbomRequest {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly origin: string;
  readonly description: string;
  readonly url: string;
  readonly license: string;
  readonly copyright?: string;
  /** Who packages it, such as `wolfi`; "" for nobody named. */
  readonly namespace: string;
  readonly createdEpoch: number;
  /** Where the sources came from. */
  readonly sources?: readonly {
    readonly name: string;
    readonly version: string;
    readonly location: string;
    readonly sha256?: string;
  }[];
}

export const spdxCreators = ["Tool: apkmill"] as const;

/** The document for `/var/lib/db/sbom/NAME-VERSION.spdx.json`. The same request always gives the same document. */
export function describePackageSpdx(request: PackageSbomRequest): SpdxDocument {
  const license = declareLicense(request.license);
  const id = spdxId("Package", request.name, request.version);
  const system = request.namespace === "" ? undefined : { id: request.namespace, versionId: "" };
  const main: SpdxPackage = {
    SPDXID: id,
    name: request.name,
    versionInfo: request.version,
    supplier: request.namespace === "" ? "NOASSERTION" : `Organization: ${request.namespace}`,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: license.expression,
    copyrightText: request.copyright === undefined || request.copyright === "" ? "NOASSERTION" : request.copyright,
    ...(request.description === "" ? {} : { description: request.description }),
    ...(/^https?:\/\//.test(request.url) ? { homepage: request.url } : {}),
    primaryPackagePurpose: "INSTALL",
    externalRefs: [
      { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: apkPackageUrl(request, system) },
    ],
  };
  const sources = (request.sources ?? []).map(describeSource);
  const content = {
    packages: [main, ...sources],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES" as const, relatedSpdxElement: id },
      ...sources.map((source) => ({
        spdxElementId: id,
        relationshipType: "GENERATED_FROM" as const,
        relatedSpdxElement: source.SPDXID,
      })),
    ],
    ...(license.extracted.length === 0 ? {} : { hasExtractedLicensingInfos: license.extracted }),
  };
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `apk-${request.name}-${request.version}`,
    documentNamespace: namespaceOf(`apk/${request.name}-${request.version}-${request.arch}`, content),
    creationInfo: { created: spdxTime(request.createdEpoch), creators: spdxCreators },
    documentDescribes: [id],
    ...content,
  };
}

/** A URI that no other document has: it ends with a hash of the content. */
export function namespaceOf(path: string, content: unknown): string {
  const hash = createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, 32);
  return `https://spdx.org/spdxdocs/apkmill/${path.split("/").map(encodeURIComponent).join("/")}-${hash}`;
}

function describeSource({
  name,
  version,
  location,
  sha256,
}: NonNullable<PackageSbomRequest["sources"]>[number]): SpdxPackage {
  return {
    SPDXID: spdxId("Source", name, version),
    name,
    versionInfo: version,
    supplier: "NOASSERTION",
    downloadLocation: location,
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
    primaryPackagePurpose: "SOURCE",
    ...(sha256 === undefined ? {} : { checksums: [{ algorithm: "SHA256" as const, checksumValue: sha256 }] }),
  };
}
