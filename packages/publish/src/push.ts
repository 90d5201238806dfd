import type { BlobOutcome, RegistryClient } from "@apkmill/oci";
import { blobsOf, type PublishableImage } from "./image.ts";
import { forEachConcurrently } from "./concurrently.ts";

/** How the blobs of one or more pushes got there. */
export interface BlobCounts {
  readonly uploaded: number;
  readonly mounted: number;
  readonly existing: number;
  readonly bytesUploaded: number;
}

export const noBlobs: BlobCounts = { uploaded: 0, mounted: 0, existing: 0, bytesUploaded: 0 };

/** Registries serve few connections of one client at a time; more only wait. */
const parallelUploads = 4;

/** Brings every config and layer into the repository; `mountFrom` is a repository of the same registry that has them. */
export async function pushBlobs(
  client: RegistryClient,
  image: PublishableImage,
  mountFrom: string | undefined,
): Promise<BlobCounts> {
  let counts = noBlobs;
  await forEachConcurrently(blobsOf(image), parallelUploads, async ({ digest, size }) => {
    const outcome = await client.pushBlob(image.blob(digest), mountFrom);
    counts = addBlob(counts, outcome, size);
  });
  return counts;
}

/** Puts the platform manifests and then the index, each under its digest: nobody is led to them yet. */
export async function pushManifests(client: RegistryClient, image: PublishableImage): Promise<void> {
  const repair = async (): Promise<void> => {
    await pushBlobs(client, image, undefined);
  };
  for (const { bytes, descriptor } of [...image.platforms, image.index]) {
    if ((await client.getManifest(descriptor.digest)) !== undefined) continue;
    await client.putManifest(bytes, descriptor.mediaType, { repair });
  }
}

/** The counts with one more blob. */
export function addBlob(counts: BlobCounts, outcome: BlobOutcome, sizeBytes: number): BlobCounts {
  return {
    ...counts,
    [outcome]: counts[outcome] + 1,
    bytesUploaded: counts.bytesUploaded + (outcome === "uploaded" ? sizeBytes : 0),
  };
}

/** The counts of two pushes together. */
export function addCounts(a: BlobCounts, b: BlobCounts): BlobCounts {
  return {
    uploaded: a.uploaded + b.uploaded,
    mounted: a.mounted + b.mounted,
    existing: a.existing + b.existing,
    bytesUploaded: a.bytesUploaded + b.bytesUploaded,
  };
}
