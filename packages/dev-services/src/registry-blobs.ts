import type { Answer, Exchange } from "./loopback.ts";
import { isDigest } from "./registry-routes.ts";
import { keys, refuse, type RegistryState } from "./registry-state.ts";
import type { StoredBlob } from "./registry-storage.ts";

/** GET, HEAD and DELETE of a blob. */
export async function answerBlob(
  { storage }: RegistryState,
  { method, headers }: Exchange,
  repository: string,
  digest: string,
): Promise<Answer> {
  if (!isDigest(digest)) return refuse(400, "DIGEST_INVALID", "not a digest");
  const linked = await storage.get(keys.link(repository, digest));
  const blob = linked === undefined ? undefined : await storage.open(keys.blob(digest));
  if (blob === undefined) return refuse(404, "BLOB_UNKNOWN", "no such blob in this repository");
  switch (method) {
    case "GET":
    case "HEAD":
      return serveBlob(blob, digest, headers["range"]);
    case "DELETE":
      await storage.remove(keys.link(repository, digest));
      return { status: 202 };
    default:
      return refuse(405, "UNSUPPORTED", "use GET, HEAD or DELETE");
  }
}

function serveBlob(blob: StoredBlob, digest: string, range: string | undefined): Answer {
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    etag: `"${digest}"`,
    "accept-ranges": "bytes",
  };
  const part = range === undefined ? undefined : parseRange(range, blob.sizeBytes);
  if (part === "unsatisfiable") {
    return { status: 416, headers: { ...headers, "content-range": `bytes */${String(blob.sizeBytes)}` } };
  }
  const { start, end } = part ?? { start: 0, end: blob.sizeBytes };
  return {
    status: part === undefined ? 200 : 206,
    headers: {
      ...headers,
      "content-length": String(end - start),
      ...(part === undefined
        ? {}
        : { "content-range": `bytes ${String(start)}-${String(end - 1)}/${String(blob.sizeBytes)}` }),
    },
    body: blob.read(start, end),
  };
}

/** One range of bytes (RFC 9110 §14.1.2); undefined for what is to be ignored, such as several ranges. */
export function parseRange(
  header: string,
  sizeBytes: number,
): { readonly start: number; readonly end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  return start >= end ? "unsatisfiable" : { start, end };
}
