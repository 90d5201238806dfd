import type { Digest } from "@apkmill/core";
import type { RegistryClient } from "@apkmill/oci";
import type { ManifestBytes } from "./image.ts";
import { PublishError } from "./publish-error.ts";

/**
 * Refuses to go on when a tag points to something else than `expected` (or than the image that is being published,
 * which a run that was cut short may have tagged already). @throws PublishError PUBLISH_TAG_MOVED
 */
export async function requirePrevious(
  client: RegistryClient,
  tags: readonly string[],
  expected: Digest | undefined,
  ours: Digest,
): Promise<void> {
  if (expected === undefined) return;
  for (const tag of tags) {
    const current = (await client.getManifest(tag))?.digest;
    if (current === expected || current === ours) continue;
    throw new PublishError(
      "PUBLISH_TAG_MOVED",
      `publishing ${nameOf(client)}:${tag}: expected it to point to ${expected}, found ${current ?? "no such tag"}`,
      { hint: "look at what was published meanwhile, then pass its digest to --expect-previous" },
    );
  }
}

/** Points every tag at the index and reads each back. @throws PublishError PUBLISH_READ_BACK */
export async function setTags(
  client: RegistryClient,
  tags: readonly string[],
  index: ManifestBytes,
): Promise<string[]> {
  const set: string[] = [];
  for (const tag of tags) {
    if ((await client.getManifest(tag))?.digest !== index.descriptor.digest) {
      await client.putTag(tag, index.bytes, index.descriptor.mediaType);
      const found = (await client.getManifest(tag))?.digest;
      if (found !== index.descriptor.digest) throw notSet(client, tag, index.descriptor.digest, found);
    }
    set.push(`${nameOf(client)}:${tag}`);
  }
  return set;
}

function notSet(client: RegistryClient, tag: string, expected: Digest, found: Digest | undefined): PublishError {
  return new PublishError(
    "PUBLISH_READ_BACK",
    `reading back tag ${nameOf(client)}:${tag}: expected ${expected}, found ${found ?? "no such tag"}`,
    { kind: "remote", hint: "another job may have moved the tag; run the command again" },
  );
}

const nameOf = ({ registry, repository }: RegistryClient): string => `${registry}/${repository}`;
