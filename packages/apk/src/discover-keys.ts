import { createPublicKey, type JsonWebKey } from "node:crypto";
import { isEngineError } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { isPrivate, type FindAuthorization } from "./credentials.ts";
import { fetchBytes, fetchJson, malformed, type DiscoveryPorts } from "./fetch-published.ts";
import { keyringOf, parsePublicKey } from "./keyring.ts";
import type { Keyring, PublicKey } from "./keys.ts";
import { loadCredentials } from "./load-credentials.ts";
import { parseLocation, type Place } from "./location.ts";
import { deprecatedBy, parseKeySet, parseReleases, type Releases } from "./published-keys.ts";

/** Where Alpine says which keys sign which of its branches. */
const alpineReleases = "https://alpinelinux.org/releases.json";

export interface DiscoverKeysOptions {
  /** See {@link parseLocation}; only those on the web are asked. */
  readonly locations: readonly string[];
  /** apk's names. */
  readonly archs: readonly string[];
  /** Left out: what the environment says. */
  readonly findAuthorization?: FindAuthorization;
  /** Address of Alpine's list, for a mirror of it. */
  readonly releasesUrl?: string;
}

/**
 * The keys that repositories publish themselves, found as apko finds them:
 *
 * 1. A URL `…/alpine/BRANCH/NAME` is one of Alpine's or a mirror of it: the keys that Alpine lists for that branch and the
 *    architectures today, whoever serves the packages.
 * 2. Any other repository is asked for `apk-configuration`; the JSON names a set of RSA keys (`jwks_uri`), each known by
 *    its `kid` with `.rsa.pub` after it.
 *
 * Whoever controls such an address says what is trusted, so only https and loopback are asked, every key is told in the log, and
 * nothing happens unless the caller wants it. A repository that publishes nothing adds nothing.
 * @throws ApkError KEY_DISCOVERY, KEY_FORMAT, REPOSITORY_LOCATION · CoreError HTTP_…
 */
export async function discoverKeys(ports: DiscoveryPorts, options: DiscoverKeysOptions): Promise<Keyring> {
  const find = options.findAuthorization ?? (await loadCredentials(ports, options.locations));
  const places = options.locations.flatMap((line) => parseLocation(line, find).places);
  let releases: Promise<Releases> | undefined;
  const keys: PublicKey[] = [];
  for (const place of places) {
    if (place.kind === "folder") continue;
    const branch = alpineBranchOf(place.url);
    if (branch === undefined) keys.push(...(await published(ports, place)));
    else {
      releases ??= fetchReleases(ports, options.releasesUrl ?? alpineReleases);
      keys.push(...(await alpineKeys(ports, await releases, branch, options.archs)));
    }
  }
  return keyringOf(keys);
}

/** apko's pattern for a repository of Alpine. */
const alpineBranchOf = (url: string): string | undefined => /^https?:\/\/.+\/alpine\/([^/]+)\/[^/]+$/i.exec(url)?.[1];

async function fetchReleases(ports: DiscoveryPorts, url: string): Promise<Releases> {
  const releases = parseReleases(await fetchJson(ports, url, "the list of Alpine's keys"));
  if (releases !== undefined) return releases;
  throw malformed(url, "a list of releases");
}

async function alpineKeys(
  ports: DiscoveryPorts,
  releases: Releases,
  branch: string,
  archs: readonly string[],
): Promise<PublicKey[]> {
  const listed = releases.get(branch);
  if (listed === undefined) ports.log.warn(`Alpine lists no keys for ${branch}`);
  const urls = archs.flatMap((arch) => (listed?.get(arch) ?? []).filter((key) => !deprecatedBy(key, ports.now())));
  const unique = [...new Set(urls.map(({ url }) => url))];
  return Promise.all(
    unique.map(async (url) => {
      const pem = await fetchBytes(ports, url, "a key of Alpine");
      const key = { ...parsePublicKey(nameOf(url), pem.toString("utf8")), source: url.replace(/\?.*$/, "") };
      return trusted(ports, key, url, `Alpine ${branch}`);
    }),
  );
}

/** The part after the last slash, where Alpine's list writes a blank for the at sign of a name. */
function nameOf(url: string): string {
  try {
    return decodeURIComponent(url.slice(url.lastIndexOf("/") + 1)).replaceAll(" ", "@");
  } catch {
    throw malformed(url, "a name");
  }
}

async function published(ports: DiscoveryPorts, place: Extract<Place, { kind: "http" }>): Promise<PublicKey[]> {
  const url = `${place.url}/apk-configuration`;
  if (!isPrivate(new URL(url))) {
    ports.log.warn(`not asking ${place.url} for its keys: that takes https`);
    return [];
  }
  const configuration = await fetchJson(ports, url, "the configuration of a repository", place).catch(
    (error: unknown) => {
      // Most repositories have no such file, and servers have many ways to say so.
      if (!isEngineError(error) || error.code === "CANCELLED") throw error;
      ports.log.debug(error.message);
      return undefined;
    },
  );
  const address =
    typeof configuration === "object" && configuration !== null && "jwks_uri" in configuration
      ? configuration.jwks_uri
      : undefined;
  if (typeof address !== "string") return [];
  const jwks = URL.parse(address, url);
  if (jwks === null) throw malformed(url, "an address as jwks_uri");
  const keys = parseKeySet(await fetchJson(ports, jwks.href, "a set of keys", place));
  if (keys === undefined) throw malformed(jwks.href, "a set of RSA keys, each with kid");
  return keys.map(({ kid, jwk }) => {
    const key = keyOf(kid, jwk, jwks.href);
    // The set of keys is no file of a key; apko, too, calls each as if it stood in the repository.
    return trusted(ports, { ...key, source: `${place.url}/${key.name}` }, jwks.href, place.url);
  });
}

function keyOf(kid: string, jwk: JsonWebKey, url: string): PublicKey {
  try {
    const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
    return parsePublicKey(`${kid}.rsa.pub`, pem);
  } catch (cause) {
    throw new ApkError("KEY_DISCOVERY", `${url}: the key ${JSON.stringify(kid.slice(0, 100))} cannot be used`, {
      kind: "remote",
      cause,
      hint: "give the repository's key with --keyring instead",
      context: { url },
    });
  }
}

function trusted({ log }: DiscoveryPorts, key: PublicKey, url: string, why: string): PublicKey {
  log.info(`trusting key ${key.name} for ${why}, as published at ${url.replace(/\?.*$/, "")}`);
  return key;
}
