import { organization } from "./actor.ts";
import type { Bill, Part } from "./bill.ts";
import { openIds, type TakeId } from "./element-ids.ts";
import { openLicenseRefs, type LicenseRefs } from "./license-refs.ts";
import { declareLicense } from "./license.ts";
import { apkPackageUrl } from "./package-url.ts";
import { plainLine, plainName, plainText } from "./plain-text.ts";
import type { SpdxDocument } from "./spdx.ts";
import { describeSpdx } from "./spdx-document.ts";
import { downloadLocation, webAddress } from "./web-address.ts";

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
  /** The CPE name of what is packaged. */
  readonly cpe?: string | undefined;
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
  /** 128 hex digits. */
  readonly sha512?: string;
  readonly purl?: string | undefined;
}

/** The document for `/var/lib/db/sbom/NAME-VERSION.spdx.json`. The same request always gives the same document. */
export function describePackageSpdx(request: PackageSbomRequest): SpdxDocument {
  const { name, version, arch, createdEpoch } = request;
  const takeId = openIds();
  const refs = openLicenseRefs();
  const root = describePackage(request, takeId, refs);
  const sources = (request.sources ?? []).map((source) => describeSource(source, takeId));
  const bill: Bill = {
    name: `apk-${name}-${version}`,
    path: `apk/${name}-${version}-${arch}`,
    createdEpoch,
    root,
    parts: [root, ...sources],
    relations: sources.map(({ id }) => ({ from: root.id, type: "GENERATED_FROM", to: id })),
    licenses: refs.extracted(),
  };
  return describeSpdx(bill);
}

function describePackage(request: PackageSbomRequest, takeId: TakeId, refs: LicenseRefs): Part {
  const { name, version, copyright = "", description, url, license, namespace } = request;
  return {
    id: takeId("Package", name, version),
    kind: "package",
    name,
    version,
    supplier: organization(namespace),
    license: declareLicense(license, refs),
    copyright: copyright === "" ? undefined : plainText(copyright),
    description: plainText(description) || undefined,
    homepage: webAddress(url),
    purl: apkPackageUrl(request, namespace === "" ? undefined : { id: namespace, versionId: "" }),
    cpe: request.cpe,
  };
}

/** What is no location in SPDX's terms, such as one on this machine, is still said for people. */
function describeSource(source: PackageSource, takeId: TakeId): Part {
  const { name, version, location, sha256, sha512, purl } = source;
  const place = downloadLocation(location);
  return {
    id: takeId("Source", name, version),
    kind: "source",
    name: plainName(name),
    version,
    location: place,
    sourceInfo: place === undefined ? plainLine(location) : undefined,
    checksums: [
      ...(sha256 === undefined ? [] : [{ algorithm: "SHA256", value: sha256 }]),
      ...(sha512 === undefined ? [] : [{ algorithm: "SHA512", value: sha512 }]),
    ],
    purl,
  };
}
