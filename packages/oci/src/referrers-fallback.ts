import { setTimeout as sleep } from "node:timers/promises";
import { digestOf, hexOf, isEngineError, type Digest } from "@apkmill/core";
import { OciError } from "./oci-error.ts";
import { parseStoredIndex, type StoredIndex } from "./referrers-index.ts";
import { getManifest, putManifest } from "./registry-manifests.ts";
import type { RepositoryContext } from "./repository-context.ts";
import { mediaTypes, type Descriptor } from "./values.ts";

/**
 * How do referrers survive on a registry without the referrers API, where they live in one index behind the tag
 * `sha256-<hex>` that every writer reads, changes and writes back?
 *
 * Contract: when `updateFallbackTag` returns, all given descriptors were read back from the tag, and nothing that stood
 * in the index before has been dropped by us.
 *
 * 1. Writers of this process take turns per subject. 2. Read the index; add ours; keep every foreign entry as it
 * stands. 3. Write with `If-Match` (which few registries honour). 4. Read back: when another writer overwrote ours,
 * begin again after a random delay. 5. Look once more after a pause, because the other writer may have read before we
 * wrote. Eight naive writers keep 2 to 6 of 8 entries; with this they keep all (reference sigstore-oci §4.5).
 */

const maxAttempts = 10;
const settleDelayMs = 150;
const turns = new Map<string, Promise<void>>();

/** The tag under which the referrers of a subject are listed (distribution-spec, "Referrers Tag Schema"). */
export function fallbackTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`;
}

/** What the fallback tag lists; undefined when it is absent or something else than an image index stands there. */
export async function readFallbackIndex(
  context: RepositoryContext,
  subject: Digest,
): Promise<readonly Descriptor[] | undefined> {
  try {
    return (await readIndex(context, subject))?.index.descriptors;
  } catch (error) {
    if (!isEngineError(error) || error.code !== "REGISTRY_MALFORMED_ANSWER") throw error;
    // "If the response is not an image index, the client SHOULD report a failure and skip the remaining steps."
    context.ports.log.warn(`${error.message}; ignored`);
    return undefined;
  }
}

/** Adds descriptors to the fallback tag of a subject, all in one write. @throws OciError REGISTRY_REFERRER_LOST */
export async function updateFallbackTag(
  context: RepositoryContext,
  subject: Digest,
  descriptors: readonly Descriptor[],
): Promise<void> {
  const key = `${context.transport.endpoint.origin}/${context.repository}@${subject}`;
  const turn = (turns.get(key) ?? Promise.resolve()).then(() => addUntilKept(context, subject, descriptors));
  const settled = turn.catch(() => undefined);
  turns.set(key, settled);
  try {
    await turn;
  } finally {
    if (turns.get(key) === settled) turns.delete(key);
  }
}

async function addUntilKept(
  context: RepositoryContext,
  subject: Digest,
  descriptors: readonly Descriptor[],
): Promise<void> {
  let pauses = 0;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const found = await readIndex(context, subject);
    if (missingFrom(found?.index, descriptors).length > 0) {
      pauses = 0;
      await writeIndex(context, subject, found, descriptors);
    } else if (pauses > 0 || attempt === 0) return;
    pauses += 1;
    await sleep(settleDelayMs * (0.5 + Math.random()) * pauses, undefined, { signal: context.ports.signal });
  }
  throw new OciError(
    "REGISTRY_REFERRER_LOST",
    `listing ${String(descriptors.length)} referrers of ${subject} under tag ${fallbackTag(subject)}: they were overwritten ${String(maxAttempts)} times`,
    { kind: "remote", hint: "let one job at a time attach to this image, then run the command again" },
  );
}

interface FoundIndex {
  readonly index: StoredIndex;
  readonly etag: string | undefined;
}

async function readIndex(context: RepositoryContext, subject: Digest): Promise<FoundIndex | undefined> {
  const tag = fallbackTag(subject);
  const served = await getManifest(context, tag);
  if (served === undefined) return undefined;
  const what = `reading the referrers of ${subject} from tag ${tag} of ${context.repository}`;
  return { index: parseStoredIndex(what, served.bytes, context.transport.endpoint.origin), etag: served.etag };
}

/** Ours that are absent, or listed without the artifact type or annotations that other tools leave out. */
function missingFrom(index: StoredIndex | undefined, descriptors: readonly Descriptor[]): readonly Descriptor[] {
  const listed = new Map(index?.descriptors.map((one) => [one.digest, one]));
  return descriptors.filter((ours) => {
    const theirs = listed.get(ours.digest);
    return (
      theirs === undefined ||
      theirs.artifactType !== ours.artifactType ||
      Object.entries(ours.annotations ?? {}).some(([key, value]) => theirs.annotations?.[key] !== value)
    );
  });
}

async function writeIndex(
  context: RepositoryContext,
  subject: Digest,
  found: FoundIndex | undefined,
  descriptors: readonly Descriptor[],
): Promise<void> {
  const replaced = new Set<unknown>(missingFrom(found?.index, descriptors).map(({ digest }) => digest));
  const kept = (found?.index.manifests ?? []).filter((entry) => !replaced.has(digestIn(entry)));
  const added = descriptors.filter(({ digest }) => replaced.has(digest));
  const index = {
    ...(found?.index.raw ?? { schemaVersion: 2, mediaType: mediaTypes.index }),
    manifests: [...kept, ...added],
  };
  const bytes = Buffer.from(JSON.stringify(index));
  const options = found?.etag === undefined ? {} : { ifMatch: found.etag };
  try {
    await putManifest(context, fallbackTag(subject), bytes, mediaTypes.index, options);
  } catch (error) {
    if (!isEngineError(error) || error.code !== "REGISTRY_CHANGED_MEANWHILE") throw explainImmutable(error, subject);
    context.ports.log.debug(
      `${fallbackTag(subject)} changed meanwhile (${digestOf(bytes)} was refused); reading it again`,
    );
  }
}

function digestIn(entry: unknown): unknown {
  return typeof entry === "object" && entry !== null && "digest" in entry ? entry.digest : undefined;
}

/** Registries with immutable tags take the first write of a fallback tag and refuse every later one. */
function explainImmutable(error: unknown, subject: Digest): unknown {
  if (!isEngineError(error) || error.code !== "REGISTRY_TAG_IMMUTABLE") return error;
  return new OciError(
    "REGISTRY_REFERRER_LOST",
    `adding referrers to tag ${fallbackTag(subject)}: the registry does not let tags change`,
    {
      kind: "remote",
      cause: error,
      hint: "exclude tags that begin with sha256- from the registry's immutability rule",
    },
  );
}
