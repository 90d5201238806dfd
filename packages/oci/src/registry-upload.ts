import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreError, isEngineError, requireDigest, type Digest, type HttpResponse } from "@apkmill/core";
import { malformedAnswer, requireAnswer } from "./registry-answers.ts";
import { resolveTarget } from "./registry-targets.ts";
import { pullScope, pushScope } from "./registry-transport.ts";
import type { RepositoryContext } from "./repository-context.ts";

/** Bytes that can be read again for every attempt. */
export interface BlobSource {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

const maxAttempts = 5;
const maxDelayMs = 8000;

/**
 * Uploads a blob with POST and PUT. Asks for a mount first when `mountFrom` names a repository; a registry that does
 * not mount answers with an ordinary session. An upload that fails on the way starts over with a new session: the old
 * one may be gone, or hold a part. @throws CoreError DIGEST_MISMATCH · OciError REGISTRY_…
 */
export async function uploadBlob(
  context: RepositoryContext,
  source: BlobSource,
  mountFrom?: string,
): Promise<"uploaded" | "mounted"> {
  const what = `uploading ${source.digest} to ${context.repository}`;
  let opened = mountFrom === undefined ? undefined : await tryMount(context, source.digest, mountFrom);
  if (opened === "mounted") return "mounted";
  for (let attempt = 1; ; attempt += 1) {
    const session = opened ?? (await openSession(context, what));
    opened = undefined;
    const outcome = await sendContent(context, source, session, what);
    if (outcome.kind === "done") return "uploaded";
    if (attempt >= maxAttempts || context.ports.signal.aborted) throw outcome.failure;
    const delayMs = Math.max(outcome.waitMs, Math.min(maxDelayMs, 250 * 2 ** attempt) * Math.random());
    context.ports.log.debug(`${outcome.failure.message}; starting over in ${String(Math.round(delayMs))} ms`);
    await sleep(delayMs, undefined, { signal: context.ports.signal });
  }
}

/** 201: linked. 202: a session, to be used. Anything else says that this registry does not mount from there. */
async function tryMount(
  { transport, repository }: RepositoryContext,
  digest: Digest,
  from: string,
): Promise<"mounted" | HttpResponse | undefined> {
  const query = new URLSearchParams({ mount: digest, from });
  const response = await transport.send(`${uploadsPath(repository)}?${query.toString()}`, {
    method: "POST",
    scopes: [pushScope(repository), pullScope(from)],
  });
  await response.drain();
  if (response.status === 201) return "mounted";
  return response.status === 202 ? response : undefined;
}

async function openSession({ transport, repository }: RepositoryContext, what: string): Promise<HttpResponse> {
  const session = await transport.send(uploadsPath(repository), { method: "POST", scopes: [pushScope(repository)] });
  await requireAnswer(session, what, 202);
  await session.drain();
  return session;
}

type UploadOutcome =
  { readonly kind: "done" } | { readonly kind: "again"; readonly failure: Error; readonly waitMs: number };

async function sendContent(
  { transport, repository }: RepositoryContext,
  source: BlobSource,
  session: HttpResponse,
  what: string,
): Promise<UploadOutcome> {
  const location = session.headers["location"];
  if (location === undefined) throw malformedAnswer(what, "expected a Location to upload to, found none", session.url);
  const target = resolveTarget(transport.endpoint, "upload location", location, session.url);
  const response = await transport
    .send(withDigest(target, source.digest), {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: { sizeBytes: source.sizeBytes, open: () => hashedSource(source) },
      scopes: [pushScope(repository)],
      resend: false,
      retryBudgetMs: 0,
    })
    .catch((error: unknown) => brokenUpload(error));
  return response instanceof CoreError
    ? { kind: "again", failure: response, waitMs: 0 }
    : judgeUpload(response, source, what);
}

/**
 * The connection's failure as a value when another session may succeed; anything else is thrown on. What the source
 * threw arrives as the cause of a broken connection: it stays the source's error, and trying again would not help.
 */
function brokenUpload(error: unknown): CoreError {
  if (isEngineError(error) && isEngineError(error.cause)) throw error.cause;
  const transient = ["HTTP_UNREACHABLE", "HTTP_TIMEOUT", "HTTP_TRUNCATED"];
  if (error instanceof CoreError && transient.includes(error.code)) return error;
  throw error;
}

async function judgeUpload(response: HttpResponse, source: BlobSource, what: string): Promise<UploadOutcome> {
  const served = response.headers["docker-content-digest"];
  const { status } = response;
  if ([200, 201, 202, 204].includes(status)) {
    await response.drain();
    if (served !== undefined && served.startsWith("sha256:") && served !== source.digest) {
      throw malformedAnswer(what, `expected ${source.digest} back, found another digest`, response.url);
    }
    return { kind: "done" };
  }
  // 401: the token ended during the body. 404, 416: the session did. The others: the registry's trouble.
  const again = [401, 404, 408, 416, 429].includes(status) || status >= 500;
  const failure = await requireAnswer(response, what, 201).catch((error: unknown) => error);
  if (!again || !(failure instanceof Error)) throw failure;
  return { kind: "again", failure, waitMs: retryAfterMs(response.headers["retry-after"]) };
}

function retryAfterMs(header: string | undefined): number {
  return header !== undefined && /^\d{1,3}$/.test(header) ? Number(header) * 1000 : 0;
}

/** The digest joins the query that the location has; that query is the registry's and stays as it is, byte for byte. */
function withDigest(target: URL, digest: Digest): string {
  const address = target.href.replace(/#.*$/s, "");
  return `${address}${target.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
}

const uploadsPath = (repository: string): string => `/v2/${repository}/blobs/uploads/`;

/** The source's bytes; the last chunk is held back until the whole has the digest, so that wrong bytes never complete. */
async function* hashedSource(source: BlobSource): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let held: Uint8Array | undefined;
  let total = 0;
  for await (const chunk of source.open()) {
    hash.update(chunk);
    total += chunk.byteLength;
    // More bytes than announced would be read by the registry as the next request.
    if (total > source.sizeBytes) break;
    if (held !== undefined) yield held;
    held = chunk;
  }
  requireDigest(
    `the blob of ${String(source.sizeBytes)} bytes that was to be uploaded`,
    source.digest,
    `sha256:${hash.digest("hex")}`,
  );
  if (held !== undefined) yield held;
}
