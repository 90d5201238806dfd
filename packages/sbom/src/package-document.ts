import { assembleDocument, blankPackage, relate } from "./assemble-document.ts";
import { declareLicense } from "./license.ts";
import { apkPackageUrl } from "./package-url.ts";
import { spdxId, type SpdxDocument, type SpdxPackage } from "./spdx.ts";

/** What a package's own SBOM says; its files are covered by the package's data hash. */
export interface PackageSbomRequest {
  readonly name: string;
  readonly version: string;
  /** apk's name. */
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
  readonly sources?: readonly PackageSource[];
}

export interface PackageSource {
  readonly name: string;
  readonly version: string;
  /** A download location in SPDX's form, such as `git+https://…@commit`. */
  readonly location: string;
  /** 64 hex digits. */
  readonly sha256?: string;
}

/** The document for `/var/lib/db/sbom/NAME-VERSION.spdx.json`. The same request always gives the same document. */
export function describePackageSpdx(request: PackageSbomRequest): SpdxDocument {
  const root = describePackage(request);
  const sources = (request.sources ?? []).map(describeSource);
  return assembleDocument({
    name: `apk-${request.name}-${request.version}`,
    path: `apk/${request.name}-${request.version}-${request.arch}`,
    createdEpoch: request.createdEpoch,
    root,
    packages: sources,
    relationships: sources.map((source) => relate(root.SPDXID, "GENERATED_FROM", source.SPDXID)),
    licenses: declareLicense(request.license).extracted,
  });
}

function describePackage(request: PackageSbomRequest): SpdxPackage {
  const { name, version, copyright = "", description, url, license, namespace } = request;
  const purl = apkPackageUrl(request, namespace === "" ? undefined : { id: namespace, versionId: "" });
  return {
    ...blankPackage(spdxId("Package", name, version), name, version),
    ...(namespace === "" ? {} : { supplier: `Organization: ${namespace}` }),
    licenseDeclared: declareLicense(license).expression,
    ...(copyright === "" ? {} : { copyrightText: copyright }),
    ...(description === "" ? {} : { description }),
    ...(/^https?:\/\//.test(url) ? { homepage: url } : {}),
    primaryPackagePurpose: "INSTALL",
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
  };
}

function describeSource({ name, version, location, sha256 }: PackageSource): SpdxPackage {
  return {
    ...blankPackage(spdxId("Source", name, version), name, version),
    downloadLocation: location,
    primaryPackagePurpose: "SOURCE",
    ...(sha256 === undefined ? {} : { checksums: [{ algorithm: "SHA256", checksumValue: sha256 }] }),
  };
}
