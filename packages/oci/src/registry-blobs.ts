import { createHash } from "node:crypto";
import { requireWithin, type Digest } from "@apkmill/core";
import { OciError } from "./oci-error.ts";
import { requireAnswer } from "./registry-answers.ts";
import { pullScope } from "./registry-transport.ts";
import { uploadBlob, type BlobSource } from "./registry-upload.ts";
import type { RepositoryContext } from "./repository-context.ts";

/** How a blob got into the repository. */
export type BlobOutcome = "uploaded" | "mounted" | "existing";

/** True when the repository has the blob. */
export async function hasBlob(context: RepositoryContext, digest: Digest): Promise<boolean> {
  const response = await context.transport.send(blobPath(context.repository, digest), {
    method: "HEAD",
    scopes: [pullScope(context.repository)],
  });
  await response.drain();
  if (response.status === 404) return false;
  await requireAnswer(response, `looking for ${digest} in ${context.repository}`, 200);
  return true;
}

/**
 * Brings a blob into the repository: already there, mounted from `mountFrom` (a repository of the same registry), or
 * uploaded with POST and PUT, the way that every registry knows. The bytes are hashed as they leave.
 * @throws CoreError DIGEST_MISMATCH · OciError REGISTRY_…
 */
export async function pushBlob(
  context: RepositoryContext,
  source: BlobSource,
  mountFrom?: string,
): Promise<BlobOutcome> {
  if (await hasBlob(context, source.digest)) return "existing";
  return uploadBlob(context, source, mountFrom);
}

/** The bytes of a blob, refused unless they have its digest. @throws OciError REGISTRY_CONTENT_CHANGED */
export async function getBlob(context: RepositoryContext, digest: Digest, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openBlob(context, digest, limitBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Streams a blob; the end of the stream throws when the bytes do not have its digest. */
export async function* openBlob(
  context: RepositoryContext,
  digest: Digest,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const what = `reading ${digest} from ${context.repository}`;
  const request = { scopes: [pullScope(context.repository)] };
  const response = await context.transport.send(blobPath(context.repository, digest), request);
  await requireAnswer(response, what, 200);
  const hash = createHash("sha256");
  let total = 0;
  for await (const chunk of response.body) {
    total += chunk.byteLength;
    requireWithin(what, total, limitBytes);
    hash.update(chunk);
    yield chunk;
  }
  requireServed(what, digest, `sha256:${hash.digest("hex")}`, response.url);
}

/** Refuses bytes that a registry served under another name. @throws OciError REGISTRY_CONTENT_CHANGED */
export function requireServed(what: string, expected: Digest, found: Digest, url: string): void {
  if (expected === found) return;
  throw new OciError("REGISTRY_CONTENT_CHANGED", `${what}: expected ${expected}, found ${found}`, {
    kind: "remote",
    hint: "the registry or a cache before it serves other bytes; do not use this image, and publish it again",
    context: { url },
  });
}

const blobPath = (repository: string, digest: Digest): string => `/v2/${repository}/blobs/${digest}`;
