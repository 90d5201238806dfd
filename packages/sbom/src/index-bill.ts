import { hexOf, type Digest } from "@apkmill/core";
import { organization } from "./actor.ts";
import type { Actor, Bill, Part } from "./bill.ts";
import { describeContainer } from "./container.ts";

export interface IndexBillRequest {
  readonly name: string;
  /** Of the image index. */
  readonly digest: Digest;
  readonly createdEpoch: number;
  /** Who supplies the image; who supplies all of its platforms where nobody is named. */
  readonly vendor?: string | undefined;
  /** What stands for the platforms' images in their own bills: one element says the same in every document. */
  readonly platforms: readonly Part[];
}

/** The bill of the whole image: its index, and that each platform is a variant of it. */
export function describeIndex({ name, digest, createdEpoch, vendor, platforms }: IndexBillRequest): Bill {
  const author = organization(vendor);
  const root = describeContainer({ name, digest }, author ?? commonSupplier(platforms));
  const images = new Map(platforms.map((image) => [image.id, image]));
  return {
    name: `sbom-${digest}`,
    path: `image/${hexOf(digest)}`,
    createdEpoch,
    author,
    root,
    parts: [root, ...images.values()],
    relations: [...images.keys()].map((id) => ({ from: id, type: "VARIANT_OF", to: root.id })),
    licenses: [],
  };
}

function commonSupplier(platforms: readonly Part[]): Actor | undefined {
  const supplier = platforms[0]?.supplier;
  return platforms.every((one) => one.supplier?.name === supplier?.name) ? supplier : undefined;
}
