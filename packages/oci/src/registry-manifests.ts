import { setTimeout as sleep } from "node:timers/promises";
import { digestOf, parseDigest, requireWithin, type Digest, type HttpResponse } from "@apkmill/core";
import { malformedAnswer, readComplaints, refusal, requireAnswer } from "./registry-answers.ts";
import { requireServed } from "./registry-blobs.ts";
import { pullScope, pushScope } from "./registry-transport.ts";
import type { RepositoryContext } from "./repository-context.ts";
import { mediaTypes } from "./values.ts";

/** A manifest or index as the registry serves it; the digest is that of the bytes. */
export interface ServedManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
  /** For `If-Match`. */
  readonly etag?: string;
}

/** What the registry said when it took a manifest. */
export interface AcceptedManifest {
  readonly digest: Digest;
  /** True when it has understood the `subject` and will list the manifest as a referrer. */
  readonly subjectKnown: boolean;
}

export interface PutManifestOptions {
  readonly ifMatch?: string;
  /** Called before another try when the registry does not know a blob yet that it has just taken. */
  readonly repair?: () => Promise<void>;
}

const accepted = [mediaTypes.index, mediaTypes.manifest, mediaTypes.dockerManifestList, mediaTypes.dockerManifest];
const blobUnknownDelaysMs = [200, 1000, 3000];
const maxTagPages = 100;

/**
 * The manifest behind a tag or a digest, undefined when there is none. Its bytes are refused when they do not have the
 * digest asked for, or the one that the registry names. @throws OciError REGISTRY_CONTENT_CHANGED · CoreError LIMIT_EXCEEDED
 */
export async function getManifest(context: RepositoryContext, reference: string): Promise<ServedManifest | undefined> {
  const what = `reading manifest ${reference} of ${context.repository}`;
  const response = await context.transport.send(manifestPath(context.repository, reference), {
    headers: { accept: accepted.join(", ") },
    scopes: [pullScope(context.repository)],
  });
  if (response.status === 404) {
    await response.drain();
    return undefined;
  }
  await requireAnswer(response, what, 200);
  const bytes = await response.bytes(context.ports.limits.manifestBytes);
  const digest = digestOf(bytes);
  const named = response.headers["docker-content-digest"];
  if (reference.startsWith("sha256:")) requireServed(what, parseDigest(reference), digest, response.url);
  if (named?.startsWith("sha256:") === true) requireServed(what, parseDigest(named), digest, response.url);
  const etag = response.headers["etag"];
  return { bytes, mediaType: mediaTypeOf(response), digest, ...(etag === undefined ? {} : { etag }) };
}

/**
 * Stores a manifest under a tag or under its own digest: the very bytes that were hashed.
 * @throws CoreError LIMIT_EXCEEDED · OciError REGISTRY_REFUSED, REGISTRY_CONTENT_CHANGED
 */
export async function putManifest(
  context: RepositoryContext,
  reference: string,
  bytes: Uint8Array,
  mediaType: string,
  options: PutManifestOptions = {},
): Promise<AcceptedManifest> {
  const what = `writing manifest ${reference} of ${context.repository}`;
  requireWithin(what, bytes.byteLength, context.ports.limits.manifestBytes, "manifestBytes");
  for (let attempt = 0; ; attempt += 1) {
    const response = await context.transport.send(manifestPath(context.repository, reference), {
      method: "PUT",
      headers: { "content-type": mediaType, ...(options.ifMatch === undefined ? {} : { "if-match": options.ifMatch }) },
      body: bytes,
      scopes: [pushScope(context.repository)],
    });
    if (response.status >= 200 && response.status < 300) return readAcceptance(response, what, digestOf(bytes));
    const complaints = await readComplaints(response);
    const delayMs = blobUnknownDelaysMs[attempt];
    // GHCR says so for seconds after it has taken the blob ("unknown blob"): eventual consistency, not a refusal.
    const unsettled = complaints.includes("MANIFEST_BLOB_UNKNOWN") || complaints.includes("BLOB_UNKNOWN");
    if (!unsettled || delayMs === undefined) throw refusal(what, response, complaints, [201]);
    await sleep(delayMs, undefined, { signal: context.ports.signal });
    await options.repair?.();
  }
}

/** The tags of the repository in the registry's order; empty when it does not exist yet. */
export async function listTags(context: RepositoryContext): Promise<string[]> {
  const tags: string[] = [];
  let next: string | undefined = `/v2/${context.repository}/tags/list`;
  for (let page = 0; next !== undefined && page < maxTagPages; page += 1) {
    const response = await context.transport.send(next, { scopes: [pullScope(context.repository)] });
    if (response.status === 404) {
      await response.drain();
      return tags;
    }
    await requireAnswer(response, `listing the tags of ${context.repository}`, 200);
    tags.push(...parseTags(await response.bytes(context.ports.limits.responseBytes), response.url));
    next = nextPage(response);
  }
  return tags;
}

/** The address of the next page in a `Link` header (RFC 8288), resolved against the page that named it. */
export function nextPage(response: HttpResponse): string | undefined {
  const target = /<([^<>]*)>\s*;[^,<]*\brel="?next"?/i.exec((response.headers["link"] ?? "").slice(0, 8192))?.[1];
  return target === undefined ? undefined : URL.parse(target, response.url)?.href;
}

async function readAcceptance(response: HttpResponse, what: string, sent: Digest): Promise<AcceptedManifest> {
  await response.drain();
  const named = response.headers["docker-content-digest"];
  if (named?.startsWith("sha256:") === true) requireServed(what, sent, parseDigest(named), response.url);
  return { digest: sent, subjectKnown: response.headers["oci-subject"] !== undefined };
}

function parseTags(bytes: Buffer, url: string): string[] {
  try {
    const { tags } = JSON.parse(bytes.toString("utf8")) as { tags?: unknown };
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
  } catch (cause) {
    throw malformedAnswer("listing tags", "expected JSON with tags", url, cause);
  }
}

/** The type without parameters; `application/json; charset=utf-8` is not a manifest's and is refused by who parses it. */
function mediaTypeOf(response: HttpResponse): string {
  return (response.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

const manifestPath = (repository: string, reference: string): string => `/v2/${repository}/manifests/${reference}`;
