import { formatReference, parseReference, repositoryName, type Reference } from "@apkmill/oci";
import { PublishError } from "./publish-error.ts";

/** One repository to publish to and the tags to set there; both in the order in which the user named them. */
export interface Target {
  readonly registry: string;
  readonly repository: string;
  readonly tags: readonly string[];
}

/**
 * References → repositories, each once, with its tags. @throws OciError REFERENCE_MALFORMED · PublishError PUBLISH_TARGET
 * when a reference names a digest (it follows from the layout) or none is given
 */
export function parseTargets(references: readonly string[]): Target[] {
  const targets = new Map<string, { registry: string; repository: string; tags: string[] }>();
  for (const reference of references.map(parseReference)) {
    const { registry, repository } = reference;
    const name = repositoryName(reference);
    const target = targets.get(name) ?? { registry, repository, tags: [] };
    targets.set(name, target);
    const tag = tagOf(reference);
    if (!target.tags.includes(tag)) target.tags.push(tag);
  }
  if (targets.size === 0) {
    throw new PublishError("PUBLISH_TARGET", "publishing: expected at least one reference, found none", {
      hint: "name where the image goes, such as registry.example/team/image:tag",
    });
  }
  return [...targets.values()];
}

function tagOf(reference: Reference): string {
  if (reference.digest === undefined && reference.tag !== undefined) return reference.tag;
  throw new PublishError(
    "PUBLISH_TARGET",
    `publishing to ${formatReference(reference)}: expected a tag, found a digest`,
    { hint: "leave the digest out: it follows from the layout" },
  );
}
