import { digestOf, type Digest } from "@apkmill/core";
import type { AttestedStatement, WantedStatement } from "./attest-image.ts";
import type { PublishableImage } from "./image.ts";
import { noBlobs, type BlobCounts } from "./push.ts";

export interface PublishedAttestation {
  /** The manifest that it is about. */
  readonly subject: Digest;
  readonly predicateType: string;
  /** The digest of the bundle; absent in a dry run. */
  readonly digest?: Digest;
  /** The file of the bundle, when a folder for bundles was named. */
  readonly bundle?: string;
}

export interface PublishedImage {
  readonly digest: Digest;
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest }[];
  readonly attestations: readonly PublishedAttestation[];
  /** `registry/repository:tag` of every tag that points to the image now; in a dry run, that would. */
  readonly tags: readonly string[];
  readonly blobs: BlobCounts;
}

/** What is known of an image before anything is sent. */
export function describeOutcome(image: PublishableImage, wanted: readonly WantedStatement[]): PublishedImage {
  return {
    digest: image.index.descriptor.digest,
    platforms: image.platforms.map(({ platform, descriptor }) => ({ platform, digest: descriptor.digest })),
    attestations: wanted.map(({ subject, statement: { predicateType } }) => ({
      subject: subject.digest,
      predicateType,
    })),
    tags: [],
    blobs: noBlobs,
  };
}

/** One line of the result. */
export function describeAttestation(
  { subject, statement, bundle }: AttestedStatement,
  files: ReadonlyMap<Digest, string>,
): PublishedAttestation {
  const digest = digestOf(bundle);
  const path = files.get(digest);
  const { predicateType } = statement;
  return { subject: subject.digest, predicateType, digest, ...(path === undefined ? {} : { bundle: path }) };
}
