import { hexOf, type Digest } from "@apkmill/core";
import { blankPackage } from "./assemble-document.ts";
import { ociPackageUrl } from "./package-url.ts";
import { spdxId, type SpdxPackage } from "./spdx.ts";

/** An image as SBOMs name it. */
export interface ContainerSubject {
  /** Name of the image for people and in package URLs. */
  readonly name: string;
  /** Of the platform's manifest, or of the index. */
  readonly digest: Digest;
  /** OCI's name; undefined for an index. */
  readonly architecture?: string;
}

/** The package that stands for an image of one platform, or for all of its platforms. */
export function describeContainer({ name, digest, architecture }: ContainerSubject): SpdxPackage {
  const qualifiers =
    architecture === undefined
      ? { mediaType: "application/vnd.oci.image.index.v1+json" }
      : { arch: architecture, os: "linux" };
  const purl = ociPackageUrl(name, digest, qualifiers);
  return {
    ...blankPackage(spdxId("Image", hexOf(digest)), name, digest),
    description: architecture === undefined ? "Image for several platforms" : `Image for ${architecture}`,
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: "SHA256", checksumValue: hexOf(digest) }],
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
  };
}
