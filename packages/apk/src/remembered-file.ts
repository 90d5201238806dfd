import { readFile } from "node:fs/promises";
import { requireStatus, type Digest, type HttpResponse, type Limits, type Ports } from "@apkmill/core";
import type { ApkError } from "./apk-error.ts";
import { hasCode } from "./format-error.ts";
import type { Credentials } from "./credentials.ts";

/** Without a store nothing is remembered. */
export type RememberingPorts = Pick<Ports, "http"> & Partial<Pick<Ports, "store">>;

export interface RememberedFile {
  readonly bytes: Buffer;
  /** False when the server sent the bytes in this very call. */
  readonly isRemembered: boolean;
}

export interface RememberedRequest {
  /** To print, and to know the file by. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Names the file in messages. */
  readonly what: string;
  readonly limitBytes: number;
  /** The limit's name for the user, where it has one. */
  readonly limit?: keyof Limits;
  /** The error where the server has no such file. */
  readonly missing: () => ApkError;
  /** The error where the network is shut off and the store has nothing. */
  readonly offline: () => ApkError;
  /** Asks for all of it, past every cache: what was remembered proved wrong. */
  readonly anew?: boolean;
}

const factKind = "remote-file.v1";

/** What a server said about the file it sent, and where the store has it. */
interface Remembered {
  readonly etag: string;
  readonly lastModified: string;
  readonly digest: Digest;
}

/**
 * A small file of a server, whole, which the store keeps: unchanged, it costs one conditional request; without a network (a client
 * that throws HTTP_OFFLINE) the last answer serves. A damaged entry of the store is as none, and replaced.
 * @throws what `missing` and `offline` give · CoreError HTTP_…, LIMIT_EXCEEDED
 */
export async function fetchRemembered(ports: RememberingPorts, request: RememberedRequest): Promise<RememberedFile> {
  const known = parseRemembered(await ports.store?.fact(factKind, request.url));
  const path = known === undefined ? undefined : await ports.store?.find(known.digest);
  const kept = known === undefined || path === undefined ? undefined : { ...known, path };
  try {
    return await fetchFile(ports, request, kept);
  } catch (error) {
    if (hasCode(error, "HTTP_OFFLINE")) {
      if (kept === undefined) throw request.offline();
      return { bytes: await readFile(kept.path), isRemembered: true };
    }
    // The file changed while it was read, or its server tells no version: from the beginning, once.
    if (hasCode(error, "HTTP_RESUME") || hasCode(error, "HTTP_TRUNCATED")) return fetchFile(ports, request, undefined);
    throw error;
  }
}

async function fetchFile(
  { http, store }: RememberingPorts,
  { url, credentials, what, limitBytes, limit, missing, anew = false }: RememberedRequest,
  kept: (Remembered & { readonly path: string }) | undefined,
): Promise<RememberedFile> {
  const response = await http.request(credentials.addressOf(url), {
    headers: {
      "accept-encoding": "identity",
      ...(anew ? { "cache-control": "no-cache" } : conditionsOf(kept)),
    },
    authorize: (target) => credentials.authorize(target),
    resume: true,
  });
  if (response.status === 304 && kept !== undefined && !anew) {
    await response.drain();
    return { bytes: await readFile(kept.path), isRemembered: true };
  }
  const bytes = await (await requireFile(response, what, missing)).bytes(limitBytes, limit);
  const { etag = "", "last-modified": lastModified = "" } = response.headers;
  if (store !== undefined) await store.remember(factKind, url, { etag, lastModified, digest: await store.put(bytes) });
  return { bytes, isRemembered: false };
}

function conditionsOf(kept: Remembered | undefined): Record<string, string> {
  const { etag = "", lastModified = "" } = kept ?? {};
  return {
    ...(etag === "" ? {} : { "if-none-match": etag }),
    ...(lastModified === "" ? {} : { "if-modified-since": lastModified }),
  };
}

async function requireFile(response: HttpResponse, what: string, missing: () => ApkError): Promise<HttpResponse> {
  if (response.status !== 404 && response.status !== 410) return requireStatus(response, what, 200);
  await response.drain();
  throw missing();
}

function parseRemembered(value: unknown): Remembered | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("etag" in value && "lastModified" in value && "digest" in value)) return undefined;
  const { etag, lastModified, digest } = value;
  if (typeof etag !== "string" || typeof lastModified !== "string" || typeof digest !== "string") return undefined;
  return isDigest(digest) ? { etag, lastModified, digest } : undefined;
}

const isDigest = (text: string): text is Digest => /^sha256:[0-9a-f]{64}$/.test(text);
