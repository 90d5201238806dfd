import type { JsonWebKey } from "node:crypto";

/** A key that Alpine lists. */
export interface ListedKey {
  readonly url: string;
  /** Seconds since the epoch; undefined while it is in use. */
  readonly deprecatedSince: number | undefined;
}

/** Branch (`v3.22`, `edge`) → apk's architecture → keys. */
export type Releases = ReadonlyMap<string, ReadonlyMap<string, readonly ListedKey[]>>;

/** True when the key was taken out of use by that time. */
export function deprecatedBy({ deprecatedSince }: ListedKey, seconds: number): boolean {
  return deprecatedSince !== undefined && deprecatedSince <= seconds;
}

/** Alpine's `releases.json`: `{release_branches: [{rel_branch, keys: {ARCH: [{url, deprecated_since}]}}]}`; undefined for anything else. */
export function parseReleases(value: unknown): Releases | undefined {
  const branches = field(value, "release_branches");
  if (!Array.isArray(branches)) return undefined;
  return new Map(
    branches.flatMap((branch: unknown): [string, Map<string, ListedKey[]>][] => {
      const name = field(branch, "rel_branch");
      return typeof name === "string" ? [[name, keysByArch(field(branch, "keys"))]] : [];
    }),
  );
}

function keysByArch(value: unknown): Map<string, ListedKey[]> {
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(
    Object.entries(value).map(([arch, list]) => [
      arch,
      Array.isArray(list) ? list.flatMap((item) => listedKey(item) ?? []) : [],
    ]),
  );
}

function listedKey(value: unknown): ListedKey | undefined {
  const url = field(value, "url");
  if (typeof url !== "string") return undefined;
  const since = field(value, "deprecated_since");
  const time = typeof since === "string" ? Date.parse(since) / 1000 : NaN;
  // A date that cannot be read says that the key is out of use, since nobody knows when.
  return {
    url,
    deprecatedSince: since === undefined || since === null || since === "" ? undefined : Number.isNaN(time) ? 0 : time,
  };
}

export interface PublishedKey {
  /** The key's name without `.rsa.pub`. */
  readonly kid: string;
  readonly jwk: JsonWebKey;
}

/** The RSA keys of a JSON Web Key Set (RFC 7517 §5); undefined where it is none, or a key has no name. */
export function parseKeySet(value: unknown): PublishedKey[] | undefined {
  const keys = field(value, "keys");
  if (!Array.isArray(keys)) return undefined;
  const rsa = keys.filter((key: unknown) => field(key, "kty") === "RSA");
  const named = rsa.flatMap((key: unknown) => publishedKey(key) ?? []);
  return named.length === rsa.length ? named : undefined;
}

function publishedKey(value: unknown): PublishedKey | undefined {
  const [kid, n, e] = ["kid", "n", "e"].map((name) => field(value, name));
  if (typeof kid !== "string" || kid === "" || typeof n !== "string" || typeof e !== "string") return undefined;
  return { kid, jwk: { kty: "RSA", n, e } };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
