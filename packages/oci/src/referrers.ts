import { digestOf, type Digest, type HttpResponse } from "@apkmill/core";
import { parseStoredIndex } from "./referrers-index.ts";
import { readFallbackIndex, updateFallbackTag } from "./referrers-fallback.ts";
import { requireAnswer } from "./registry-answers.ts";
import { nextPage, putManifest } from "./registry-manifests.ts";
import { pullScope } from "./registry-transport.ts";
import type { RepositoryContext } from "./repository-context.ts";
import { mediaTypes, type Descriptor, type ImageManifest } from "./values.ts";

/** A manifest to be attached: its bytes, and the value that they say. */
export interface ReferrerManifest {
  readonly bytes: Buffer;
  readonly manifest: ImageManifest;
}

/** How a subject's referrers are found: the registry lists them, or the tag `sha256-<hex>` does. */
export type ReferrersRoute = "api" | "fallback-tag";

const maxPages = 100;
/** 404: no such API. 400, 405, 406, 501: registries and proxies that route the path elsewhere. */
const unsupported = new Set([400, 404, 405, 406, 501]);

/**
 * The descriptors of everything attached to `subject`: what the referrers API lists and what the fallback tag lists,
 * once each. Both are read, as a registry may have gained the API after the tag was written, and some answer it with
 * an empty list (reference sigstore-oci §2.5). Descriptors are hints: the manifests behind them say what they are.
 * @throws OciError REGISTRY_MALFORMED_ANSWER, REGISTRY_DENIED
 */
export async function listReferrers(context: RepositoryContext, subject: Digest): Promise<Descriptor[]> {
  const listed = (await listByApi(context, subject)) ?? [];
  const tagged = await readFallbackIndex(context, subject);
  const known = new Map<Digest, Descriptor>();
  for (const descriptor of [...listed, ...(tagged ?? [])]) {
    if (!known.has(descriptor.digest)) known.set(descriptor.digest, descriptor);
  }
  return [...known.values()];
}

/**
 * Puts manifests by digest, each with `subject`, and makes sure that they are found: by the API when the registry
 * lists them afterwards, else by one write of the fallback tag for all of them. Their blobs must be there already.
 * @throws OciError REGISTRY_REFERRER_LOST, REGISTRY_REFUSED
 */
export async function attachReferrers(
  context: RepositoryContext,
  subject: Digest,
  referrers: readonly ReferrerManifest[],
): Promise<ReferrersRoute> {
  let understood = true;
  for (const { bytes, manifest } of referrers) {
    const answer = await putManifest(context, digestOf(bytes), bytes, manifest.mediaType);
    understood &&= answer.subjectKnown;
  }
  const descriptors = referrers.map(describeReferrer);
  // A registry may claim the subject and not list it (ECR), or answer with an empty list: the list decides.
  if (understood && isListed(descriptors, await listByApi(context, subject))) return "api";
  await updateFallbackTag(context, subject, descriptors);
  return "fallback-tag";
}

function isListed(descriptors: readonly Descriptor[], listed: readonly Descriptor[] | undefined): boolean {
  const digests = new Set(listed?.map(({ digest }) => digest));
  return descriptors.every(({ digest }) => digests.has(digest));
}

/**
 * The descriptor under which a referrer is listed: its artifact type (the config's type where it has none) and all
 * its annotations (distribution-spec, "Pushing Manifests with Subject").
 */
export function describeReferrer({ bytes, manifest }: ReferrerManifest): Descriptor {
  return {
    mediaType: manifest.mediaType,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    artifactType: manifest.artifactType ?? manifest.config.mediaType,
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
}

/** What the API lists, over all pages; undefined when the registry has no such API. */
async function listByApi(context: RepositoryContext, subject: Digest): Promise<Descriptor[] | undefined> {
  const entries: Descriptor[] = [];
  const seen = new Set<string>();
  let next: string | undefined = `/v2/${context.repository}/referrers/${subject}`;
  while (next !== undefined && seen.size < maxPages && !seen.has(next)) {
    seen.add(next);
    const page = await readPage(context, subject, next);
    if (page === undefined) return undefined;
    entries.push(...page.entries);
    next = page.next;
  }
  return entries;
}

async function readPage(
  context: RepositoryContext,
  subject: Digest,
  address: string,
): Promise<{ readonly entries: readonly Descriptor[]; readonly next: string | undefined } | undefined> {
  const what = `listing the referrers of ${subject} in ${context.repository}`;
  const response = await context.transport.send(address, {
    headers: { accept: mediaTypes.index },
    scopes: [pullScope(context.repository)],
  });
  if (unsupported.has(response.status)) {
    await response.drain();
    return undefined;
  }
  await requireAnswer(response, what, 200);
  const bytes = await response.bytes(context.ports.limits.responseBytes);
  return isIndexType(response)
    ? { entries: parseStoredIndex(what, bytes, response.url).descriptors, next: nextPage(response) }
    : undefined;
}

/** A proxy's page for unknown paths may come with status 200: only an index is an answer of the API. */
function isIndexType(response: HttpResponse): boolean {
  return (response.headers["content-type"] ?? "").split(";")[0]?.trim() === mediaTypes.index;
}
