import type { Ports } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { Credentials, isPrivate } from "./credentials.ts";
import type { Place } from "./location.ts";
import { fetchRemembered } from "./remembered-file.ts";

/** With a store, what was published serves offline later. */
export type DiscoveryPorts = Pick<Ports, "http" | "log" | "limits" | "now" | "env"> & Partial<Pick<Ports, "store">>;

const maxAnswerBytes = 4 * 1024 * 1024;

/** A JSON document of a repository or of Alpine. @throws ApkError KEY_DISCOVERY, REPOSITORY_OFFLINE · CoreError HTTP_… */
export async function fetchJson(
  ports: DiscoveryPorts,
  url: string,
  what: string,
  place?: Extract<Place, { kind: "http" }>,
): Promise<unknown> {
  const bytes = await fetchBytes(ports, url, what, place);
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    throw malformed(url, "JSON");
  }
}

/** A file that says what to trust: over https or from this machine only, and asked for anew while there is a network. */
export async function fetchBytes(
  ports: DiscoveryPorts,
  url: string,
  what: string,
  place?: Extract<Place, { kind: "http" }>,
): Promise<Buffer> {
  const target = URL.parse(url);
  if (target === null || !isPrivate(target)) throw malformed(url, "an https address");
  const own = place !== undefined && target.origin === new URL(place.url).origin;
  const { bytes } = await fetchRemembered(ports, {
    url,
    what: `${what} at ${url}`,
    credentials: own ? place.credentials : new Credentials(target),
    limitBytes: Math.min(ports.limits.responseBytes, maxAnswerBytes),
    // What lies in a restored cache must not become trust while there is a network.
    anew: true,
    missing: () => malformed(url, what),
    offline: () =>
      new ApkError("REPOSITORY_OFFLINE", `${what} at ${url} is not in the store, and --offline is given`, {
        hint: "run the command once without --offline, or give the keys with --keyring",
        context: { url },
      }),
  });
  return bytes;
}

/** The error for something published that is not what it should be. */
export function malformed(url: string, expected: string): ApkError {
  return new ApkError("KEY_DISCOVERY", `${url}: expected ${expected}, found something else`, {
    kind: "remote",
    hint: "give the repository's key with --keyring instead",
    context: { url },
  });
}
