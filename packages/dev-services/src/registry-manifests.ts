import { mediaTypes } from "@apkmill/oci";
import { readBody, type Answer, type Exchange } from "./loopback.ts";
import { parseManifest, type ParsedManifest } from "./registry-manifest.ts";
import { isDigest, isManifestReference } from "./registry-routes.ts";
import { digestLike, keys, refuse, type RegistryState } from "./registry-state.ts";

/** GET, HEAD, PUT and DELETE of a manifest. */
export async function answerManifest(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<Answer> {
  if (!isManifestReference(reference)) return refuse(400, "MANIFEST_INVALID", "not a tag or digest");
  switch (exchange.method) {
    case "GET":
    case "HEAD":
      return serveManifest(state, repository, reference);
    case "PUT":
      return takeManifest(state, exchange, repository, reference);
    case "DELETE":
      return deleteManifest(state, repository, reference);
    default:
      return refuse(405, "UNSUPPORTED", "use GET, HEAD, PUT or DELETE");
  }
}

async function serveManifest(state: RegistryState, repository: string, reference: string): Promise<Answer> {
  const digest = await resolve(state, repository, reference);
  const bytes = digest === undefined ? undefined : await state.storage.get(keys.manifest(repository, digest));
  if (digest === undefined || bytes === undefined) return refuse(404, "MANIFEST_UNKNOWN", "no such manifest");
  const mediaType = await state.storage.get(keys.mediaType(repository, digest));
  return {
    status: 200,
    headers: {
      "content-type": mediaType?.toString("utf8") ?? mediaTypes.manifest,
      "docker-content-digest": digest,
      etag: `"${digest}"`,
    },
    body: bytes,
  };
}

async function resolve({ storage }: RegistryState, repository: string, reference: string): Promise<string | undefined> {
  return isDigest(reference) ? reference : (await storage.get(keys.tag(repository, reference)))?.toString("utf8");
}

async function takeManifest(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<Answer> {
  const bytes = await readBody(exchange, state.manifestBytes);
  if (bytes === undefined) return refuse(413, "SIZE_INVALID", `over ${String(state.manifestBytes)} bytes`);
  const manifest = parseManifest(bytes, exchange.headers["content-type"]);
  if (manifest === undefined) return refuse(400, "MANIFEST_INVALID", "not a manifest of the type it is sent as");
  const digest = await digestLike(isDigest(reference) ? reference : "sha256:", one(bytes));
  if (isDigest(reference) && digest !== reference)
    return refuse(400, "DIGEST_INVALID", "other bytes than the digest says");
  const missing = await findMissing(state, repository, manifest);
  if (missing !== undefined) return refuse(400, "MANIFEST_BLOB_UNKNOWN", `${missing} is not in this repository`);
  const tags = [...(isDigest(reference) ? [] : [reference]), ...exchange.query.getAll("tag")];
  return (
    (await checkTags(state, exchange, repository, tags, digest)) ??
    keep(state, repository, manifest, bytes, digest, tags)
  );
}

/** The reason why the tags may not be set: they are immutable, or another writer was faster (`If-Match`). */
async function checkTags(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  tags: readonly string[],
  digest: string,
): Promise<Answer | undefined> {
  const ifMatch = exchange.headers["if-match"];
  for (const tag of tags) {
    const current = await resolve(state, repository, tag);
    if (state.immutableTags && current !== undefined && current !== digest) {
      return refuse(400, "TAG_INVALID", `tag ${tag} is immutable`);
    }
    if (ifMatch !== undefined && ifMatch !== `"${current ?? ""}"`) return refuse(412, "DENIED", "the tag has changed");
  }
  return undefined;
}

async function keep(
  { storage, referrersApi }: RegistryState,
  repository: string,
  { mediaType, subject }: ParsedManifest,
  bytes: Buffer,
  digest: string,
  tags: readonly string[],
): Promise<Answer> {
  await storage.set(keys.mediaType(repository, digest), Buffer.from(mediaType));
  await storage.set(keys.manifest(repository, digest), bytes);
  if (subject !== undefined) await storage.set(`${keys.referrers(repository, subject)}/${digest}`, Buffer.alloc(0));
  for (const tag of tags) await storage.set(keys.tag(repository, tag), Buffer.from(digest));
  return {
    status: 201,
    headers: {
      location: `/v2/${repository}/manifests/${digest}`,
      "docker-content-digest": digest,
      ...(subject !== undefined && referrersApi ? { "oci-subject": subject } : {}),
      ...(tags.length > 0 ? { "oci-tag": tags.join(", ") } : {}),
    },
  };
}

async function findMissing(
  { storage }: RegistryState,
  repository: string,
  { blobs, manifests }: ParsedManifest,
): Promise<string | undefined> {
  for (const digest of blobs) {
    if ((await storage.get(keys.link(repository, digest))) === undefined) return digest;
  }
  for (const digest of manifests) {
    if ((await storage.get(keys.manifest(repository, digest))) === undefined) return digest;
  }
  return undefined;
}

/** A tag goes alone; a digest goes with the tags that point to it. */
async function deleteManifest({ storage }: RegistryState, repository: string, reference: string): Promise<Answer> {
  if (!isDigest(reference)) {
    const removed = await storage.remove(keys.tag(repository, reference));
    return removed ? { status: 202 } : refuse(404, "MANIFEST_UNKNOWN", "no such tag");
  }
  const bytes = await storage.get(keys.manifest(repository, reference));
  if (bytes === undefined) return refuse(404, "MANIFEST_UNKNOWN", "no such manifest");
  const type = (await storage.get(keys.mediaType(repository, reference)))?.toString("utf8");
  const subject = parseManifest(bytes, type)?.subject;
  if (subject !== undefined) await storage.remove(`${keys.referrers(repository, subject)}/${reference}`);
  for (const tag of await storage.list(keys.tags(repository))) {
    if ((await storage.get(keys.tag(repository, tag)))?.toString("utf8") === reference) {
      await storage.remove(keys.tag(repository, tag));
    }
  }
  await storage.remove(keys.manifest(repository, reference));
  return { status: 202 };
}

// eslint-disable-next-line @typescript-eslint/require-await -- an iterable of one, in the shape of a stream
async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
