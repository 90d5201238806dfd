import { hexOf, type Digest } from "@apkmill/core";
import { organization } from "./actor.ts";
import type { Bill } from "./bill.ts";
import { describeContainer } from "./container.ts";

export interface IndexBillRequest {
  readonly name: string;
  /** Of the image index. */
  readonly digest: Digest;
  readonly createdEpoch: number;
  /** Who supplies the image; undefined when nobody is named. */
  readonly vendor?: string | undefined;
  readonly platforms: readonly { readonly digest: Digest; readonly architecture: string }[];
}

/** The bill of the whole image: its index, and that each platform is a variant of it. */
export function describeIndex({ name, digest, createdEpoch, vendor, platforms }: IndexBillRequest): Bill {
  const supplier = organization(vendor);
  const root = describeContainer({ name, digest }, supplier);
  const images = new Map(
    platforms.map((platform) => {
      const image = describeContainer({ name, ...platform }, supplier);
      return [image.id, image];
    }),
  );
  return {
    name: `sbom-${digest}`,
    path: `image/${hexOf(digest)}`,
    createdEpoch,
    author: supplier,
    root,
    parts: [root, ...images.values()],
    relations: [...images.keys()].map((id) => ({ from: id, type: "VARIANT_OF", to: root.id })),
    licenses: [],
  };
}
