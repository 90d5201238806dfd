import { randomUUID } from "node:crypto";
import type { Answer, Exchange } from "./loopback.ts";
import { isDigest } from "./registry-routes.ts";
import { digestLike, keys, refuse, type RegistryState, type UploadSession } from "./registry-state.ts";

/** POST: a mount, a whole blob in one request, or a new session. */
export async function answerUploads(state: RegistryState, exchange: Exchange, repository: string): Promise<Answer> {
  if (exchange.method !== "POST") return refuse(405, "UNSUPPORTED", "use POST");
  const mounted = await tryMount(state, exchange.query, repository);
  if (mounted !== undefined) return mounted;
  const session: UploadSession = { repository, draft: await state.storage.draft(), sizeBytes: 0 };
  const digest = exchange.query.get("digest");
  if (digest !== null) {
    await append(session, exchange);
    return finish(state, session, digest);
  }
  const id = randomUUID();
  state.sessions.set(id, session);
  return { status: 202, headers: { ...locationOf(repository, id), range: "0-0" } };
}

/** PATCH, PUT, GET and DELETE of a session. */
export async function answerUpload(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  id: string,
): Promise<Answer> {
  const session = state.sessions.get(id);
  if (session?.repository !== repository) return refuse(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
  switch (exchange.method) {
    case "PATCH":
      return appendChunk(session, exchange, id);
    case "PUT":
      return completeUpload(state, session, exchange, id);
    case "GET":
      return { status: 204, headers: { ...locationOf(repository, id), ...progressOf(session) } };
    case "DELETE":
      state.sessions.delete(id);
      await session.draft.drop();
      return { status: 204 };
    default:
      return refuse(405, "UNSUPPORTED", "use PATCH, PUT, GET or DELETE");
  }
}

async function tryMount(state: RegistryState, query: URLSearchParams, repository: string): Promise<Answer | undefined> {
  const [digest, from] = [query.get("mount"), query.get("from")];
  if (!state.mounts || digest === null || from === null || !isDigest(digest)) return undefined;
  if ((await state.storage.get(keys.link(from, digest))) === undefined) return undefined;
  return link(state, repository, digest);
}

async function appendChunk(session: UploadSession, exchange: Exchange, id: string): Promise<Answer> {
  if (!isNext(session, exchange.headers["content-range"])) return outOfOrder(session, id);
  await append(session, exchange);
  return { status: 202, headers: { ...locationOf(session.repository, id), ...progressOf(session) } };
}

async function completeUpload(
  state: RegistryState,
  session: UploadSession,
  exchange: Exchange,
  id: string,
): Promise<Answer> {
  const digest = exchange.query.get("digest");
  if (digest === null) return refuse(400, "DIGEST_INVALID", "the digest parameter is missing");
  if (!isNext(session, exchange.headers["content-range"])) return outOfOrder(session, id);
  await append(session, exchange);
  state.sessions.delete(id);
  return finish(state, session, digest);
}

async function append(session: UploadSession, { body }: Exchange): Promise<void> {
  for await (const chunk of body) {
    await session.draft.append(chunk);
    session.sizeBytes += chunk.byteLength;
  }
}

async function finish(state: RegistryState, session: UploadSession, digest: string): Promise<Answer> {
  if (!isDigest(digest) || (await digestLike(digest, session.draft.read())) !== digest) {
    await session.draft.drop();
    return refuse(400, "DIGEST_INVALID", "the content does not have this digest");
  }
  await session.draft.keep(keys.blob(digest));
  return link(state, session.repository, digest);
}

async function link({ storage }: RegistryState, repository: string, digest: string): Promise<Answer> {
  await storage.set(keys.link(repository, digest), Buffer.alloc(0));
  const location = `/v2/${repository}/blobs/${digest}`;
  return { status: 201, headers: { location, "docker-content-digest": digest } };
}

/** Chunks must arrive in order; `Content-Range` is `<first>-<last>` without a unit. */
function isNext(session: UploadSession, contentRange: string | undefined): boolean {
  if (contentRange === undefined) return true;
  const first = /^(\d+)-\d+$/.exec(contentRange)?.[1];
  return first !== undefined && Number(first) === session.sizeBytes;
}

function outOfOrder(session: UploadSession, id: string): Answer {
  return { status: 416, headers: { ...locationOf(session.repository, id), ...progressOf(session) } };
}

function locationOf(repository: string, id: string): Record<string, string> {
  return { location: `/v2/${repository}/blobs/uploads/${id}`, "docker-upload-uuid": id };
}

function progressOf({ sizeBytes }: UploadSession): Record<string, string> {
  return { range: `0-${String(Math.max(0, sizeBytes - 1))}` };
}
