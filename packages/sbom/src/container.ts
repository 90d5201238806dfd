import { hexOf, type Digest } from "@apkmill/core";
import type { Actor, Part } from "./bill.ts";
import { elementId } from "./element-ids.ts";
import { ociPackageUrl } from "./package-url.ts";
import { plainName } from "./plain-text.ts";

/** An image as SBOMs name it. */
export interface ContainerSubject {
  /** Name of the image for people and in package URLs. */
  readonly name: string;
  /** Of the platform's manifest, or of the index. */
  readonly digest: Digest;
  /** OCI's name; undefined for an index. */
  readonly architecture?: string;
}

/** The part that stands for an image of one platform, or for all of its platforms. */
export function describeContainer({ name, digest, architecture }: ContainerSubject, supplier: Actor | undefined): Part {
  const qualifiers =
    architecture === undefined
      ? { mediaType: "application/vnd.oci.image.index.v1+json" }
      : { arch: architecture, os: "linux" };
  return {
    id: elementId("Image", hexOf(digest)),
    kind: "image",
    name: plainName(name),
    version: digest,
    supplier,
    description:
      architecture === undefined ? "Image index, with an image for each platform" : `Image for ${architecture}`,
    checksums: [
      {
        algorithm: "SHA256",
        value: hexOf(digest),
        of: architecture === undefined ? "the image index" : "the manifest",
      },
    ],
    purl: ociPackageUrl(name, digest, qualifiers),
  };
}
