import type { BundleVerifier } from "@apkmill/attest";
import type { Digest } from "@apkmill/core";
import {
  openRegistry,
  repositoryName,
  type RegistryClient,
  type RegistryPorts,
  type TransportOptions,
} from "@apkmill/oci";
import type { AttestedStatement } from "./attest-image.ts";
import type { PublishableImage } from "./image.ts";
import { addCounts, noBlobs, pushBlobs, pushManifests, type BlobCounts } from "./push.ts";
import { readBack } from "./read-back.ts";
import { requirePrevious, setTags } from "./tags.ts";
import type { Target } from "./targets.ts";

/** A target with a client for its repository. */
export interface Destination {
  readonly target: Target;
  readonly client: RegistryClient;
}

/** A destination for every target. */
export function openDestinations(
  ports: RegistryPorts,
  targets: readonly Target[],
  options: TransportOptions,
): Destination[] {
  return targets.map((target) => ({ target, client: openRegistry(ports, target, options) }));
}

/** The name that statements give their subject: the first repository's. Verifiers compare digests only. */
export function nameOf([first]: readonly Target[]): string {
  return first === undefined ? "" : repositoryName(first);
}

/** The full name of every tag that is to be set. */
export function tagsOf(targets: readonly Target[]): string[] {
  return targets.flatMap((target) => target.tags.map((tag) => `${repositoryName(target)}:${tag}`));
}

/** Checks what every tag points to before anything is changed. @throws PublishError PUBLISH_TAG_MOVED */
export async function requirePreviousTags(
  destinations: readonly Destination[],
  expectPrevious: Digest | undefined,
  { index }: PublishableImage,
): Promise<void> {
  for (const { client, target } of destinations) {
    await requirePrevious(client, target.tags, expectPrevious, index.descriptor.digest);
  }
}

/** Every repository after the first mounts from an earlier one of its registry: the bytes travel once. */
export async function pushImage(destinations: readonly Destination[], image: PublishableImage): Promise<BlobCounts> {
  let counts = noBlobs;
  for (const [index, { client }] of destinations.entries()) {
    const earlier = destinations.slice(0, index).find((other) => other.client.registry === client.registry);
    counts = addCounts(counts, await pushBlobs(client, image, earlier?.client.repository));
    await pushManifests(client, image);
  }
  return counts;
}

/** Reads every destination back. @throws PublishError PUBLISH_READ_BACK · OciError REGISTRY_CONTENT_CHANGED */
export async function readBackAll(
  ports: RegistryPorts,
  destinations: readonly Destination[],
  image: PublishableImage,
  attested: readonly AttestedStatement[],
  verifier: BundleVerifier | undefined,
): Promise<void> {
  for (const { client } of destinations) await readBack(ports, client, image, attested, verifier);
}

/** Sets the tags of every destination and gives their full names. */
export async function tagAll(destinations: readonly Destination[], image: PublishableImage): Promise<string[]> {
  const set: string[] = [];
  for (const { client, target } of destinations) set.push(...(await setTags(client, target.tags, image.index)));
  return set;
}
