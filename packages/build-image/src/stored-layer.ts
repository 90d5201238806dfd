import type { Digest, Store } from "@apkmill/core";
import { ImageError } from "./image-error.ts";

/** Where the store has a layer. @throws ImageError IMAGE_CONTENT when it has lost it */
export async function findLayer(store: Store, digest: Digest): Promise<string> {
  const path = await store.find(digest);
  if (path === undefined) throw lostLayer(digest);
  return path;
}

/** The error for a layer that went, or changed, while it was needed. */
export function lostLayer(digest: Digest): ImageError {
  return new ImageError("IMAGE_CONTENT", `${digest} is no longer in the store`, { hint: "build the image again" });
}
