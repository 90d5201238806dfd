import type { ActionsBlobs } from "./actions-blobs.ts";

/**
 * The cache service, version 2: entries are immutable, found by exact key first, then by the newest whose key begins with a
 * restore key; the version (a hash of paths and compression) is part of the identity.
 */
export interface CacheEntry {
  readonly key: string;
  readonly version: string;
  readonly blob: string;
  readonly complete: boolean;
}

export type TwirpMethod = (
  request: Readonly<Record<string, unknown>>,
  urlOf: (blob: string) => string,
) => Record<string, unknown>;

export function cacheMethods(blobs: ActionsBlobs, entries: CacheEntry[]): Readonly<Record<string, TwirpMethod>> {
  return {
    GetCacheEntryDownloadURL: (request, urlOf) => {
      const found = findEntry(
        entries,
        [text(request["key"]), ...texts(request["restore_keys"])],
        text(request["version"]),
      );
      return found === undefined
        ? { ok: false, signed_download_url: "", matched_key: "" }
        : { ok: true, signed_download_url: urlOf(found.blob), matched_key: found.key };
    },
    CreateCacheEntry: (request, urlOf) => {
      const [key, version] = [text(request["key"]), text(request["version"])];
      if (entries.some((entry) => entry.key === key && entry.version === version)) {
        return { ok: false, signed_upload_url: "", message: `cache entry already exists: ${key}` };
      }
      const entry: CacheEntry = { key, version, blob: blobs.reserve(), complete: false };
      entries.push(entry);
      return { ok: true, signed_upload_url: urlOf(entry.blob), message: "" };
    },
    FinalizeCacheEntryUpload: (request) => {
      const index = entries.findIndex(
        (entry) => entry.key === text(request["key"]) && entry.version === text(request["version"]),
      );
      const entry = entries[index];
      const size = entry === undefined ? undefined : blobs.get(entry.blob)?.byteLength;
      if (entry === undefined || String(size) !== text(request["size_bytes"]))
        return { ok: false, entry_id: "0", message: "size differs" };
      entries[index] = { ...entry, complete: true };
      return { ok: true, entry_id: String(index + 1), message: "" };
    },
  };
}

function findEntry(entries: readonly CacheEntry[], keys: readonly string[], version: string): CacheEntry | undefined {
  const usable = entries.filter((entry) => entry.complete && entry.version === version);
  const exact = usable.find((entry) => entry.key === keys[0]);
  if (exact !== undefined) return exact;
  for (const key of keys) {
    const newest = usable.findLast((entry) => entry.key.startsWith(key));
    if (newest !== undefined) return newest;
  }
  return undefined;
}

/** A field of a request as text: the protocol's JSON writes 64-bit numbers as strings, and clients differ. */
export function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}
