import { join } from "node:path";
import { readFile } from "node:fs/promises";
import {
  isSystemError,
  parseDigest,
  readFileWithin,
  requireStatus,
  type Digest,
  type HttpResponse,
  type Ports,
} from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import type { Location } from "./location.ts";

type SourcePorts = Pick<Ports, "http" | "store" | "limits">;

/**
 * The bytes of a repository's index for one architecture, or undefined where a local repository has none yet.
 * Over HTTP the store keeps the last answer: an unchanged index costs one conditional request.
 * @throws ApkError INDEX_MISSING · CoreError HTTP_…, LIMIT_EXCEEDED, FILE_UNREADABLE
 */
export async function loadIndexBytes(
  ports: SourcePorts,
  location: Location,
  arch: string,
): Promise<Buffer | undefined> {
  const { place } = location;
  if (place.kind === "http") return fetchIndex(ports, location, `${place.url}/${arch}/APKINDEX.tar.gz`);
  return readFileWithin(join(place.path, arch, "APKINDEX.tar.gz"), ports.limits.indexBytes).catch((error: unknown) => {
    if (error instanceof Error && isSystemError(error.cause) && error.cause.code === "ENOENT") return undefined;
    throw error;
  });
}

const factKind = "index.v1";

/** What a server said about the index it sent, and where the store has it. */
interface Remembered {
  readonly etag: string;
  readonly lastModified: string;
  readonly digest: Digest;
}

async function fetchIndex({ http, store, limits }: SourcePorts, location: Location, url: string): Promise<Buffer> {
  const known = parseRemembered(await store.fact(factKind, url));
  const knownPath = known === undefined ? undefined : await store.find(known.digest);
  const conditions = known === undefined || knownPath === undefined ? {} : conditionsOf(known);
  const response = await http.request(location.credentials?.addressOf(url) ?? url, {
    headers: { ...location.credentials?.headers(), ...conditions },
  });
  if (response.status === 304 && knownPath !== undefined) {
    await response.drain();
    return readFile(knownPath);
  }
  const bytes = await (await requireIndex(response, url)).bytes(limits.indexBytes);
  const digest = await store.put(bytes);
  const { etag = "", "last-modified": lastModified = "" } = response.headers;
  if (etag !== "" || lastModified !== "") await store.remember(factKind, url, { etag, lastModified, digest });
  return bytes;
}

function conditionsOf({ etag, lastModified }: Remembered): Record<string, string> {
  return {
    ...(etag === "" ? {} : { "if-none-match": etag }),
    ...(lastModified === "" ? {} : { "if-modified-since": lastModified }),
  };
}

async function requireIndex(response: HttpResponse, url: string): Promise<HttpResponse> {
  if (response.status !== 404) return requireStatus(response, `index ${url}`, 200);
  await response.drain();
  throw new ApkError("INDEX_MISSING", `there is no index at ${url}`, {
    kind: "remote",
    hint: "check the repository's address, and that it serves this architecture",
    context: { url },
  });
}

function parseRemembered(value: unknown): Remembered | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("etag" in value && "lastModified" in value && "digest" in value)) return undefined;
  const { etag, lastModified, digest } = value;
  if (typeof etag !== "string" || typeof lastModified !== "string" || typeof digest !== "string") return undefined;
  return { etag, lastModified, digest: parseDigest(digest) };
}
