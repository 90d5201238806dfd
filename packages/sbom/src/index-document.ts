import { hexOf, type Digest } from "@apkmill/core";
import { assembleDocument, relate } from "./assemble-document.ts";
import { describeContainer } from "./container.ts";
import type { SpdxDocument } from "./spdx.ts";

export interface IndexSbomRequest {
  readonly name: string;
  /** Of the image index. */
  readonly digest: Digest;
  readonly createdEpoch: number;
  readonly platforms: readonly { readonly digest: Digest; readonly architecture: string }[];
}

/** The document of the whole image: its index, and that each platform is a variant of it. */
export function describeIndexSpdx({ name, digest, createdEpoch, platforms }: IndexSbomRequest): SpdxDocument {
  const root = describeContainer({ name, digest });
  const images = platforms.map((platform) => describeContainer({ name, ...platform }));
  return assembleDocument({
    name: `sbom-${digest}`,
    path: `image/${hexOf(digest)}`,
    createdEpoch,
    root,
    packages: images,
    relationships: images.map((image) => relate(image.SPDXID, "VARIANT_OF", root.SPDXID)),
    licenses: [],
  });
}
