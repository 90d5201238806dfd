import { isIPv4, isIPv6 } from "node:net";
import { OciError } from "./oci-error.ts";

/**
 * Which addresses may a registry send us to?
 *
 * A registry names other places three times: the realm that hands out tokens (it receives the password), the location
 * of an upload (it receives content) and a redirect of a download. A hostile or misconfigured one could name a
 * cloud's metadata address or a plain-text host. So: never from https to http, and an address literal of a private,
 * link-local or loopback network only when the registry itself is at that address.
 */

/** What the user said about the registry. */
export interface RegistryEndpoint {
  /** Scheme, host and port that requests go to. */
  readonly origin: string;
  /** Hosts (with port) that may be spoken to in plain HTTP. */
  readonly insecure: readonly string[];
}

/** The endpoint of a registry: plain HTTP for loopback and for listed hosts, HTTPS for all others. */
export function endpointOf(registry: string, insecure: readonly string[] = []): RegistryEndpoint {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const plain = insecure.includes(registry) || isLoopback(hostnameOf(`http://${host}`));
  return { origin: `${plain ? "http" : "https"}://${host}`, insecure };
}

/**
 * The address that `location` means, seen from `base`, when the registry at `endpoint` may name it.
 * `what` is the realm, redirect or upload location, for the message. @throws OciError REGISTRY_UNSAFE_TARGET
 */
export function resolveTarget(endpoint: RegistryEndpoint, what: string, location: string, base: string): URL {
  const target = URL.parse(location, base);
  const problem = target === null ? "not an address" : problemOf(endpoint, target);
  if (target === null || problem !== undefined) {
    throw new OciError(
      "REGISTRY_UNSAFE_TARGET",
      `${endpoint.origin}: refused to follow its ${what} ${target === null ? "" : `${target.origin} `}(${problem ?? ""})`,
      {
        kind: "remote",
        hint: "check the address of the registry and the configuration of the proxy before it",
        context: { url: endpoint.origin },
      },
    );
  }
  return target;
}

function problemOf(endpoint: RegistryEndpoint, target: URL): string | undefined {
  const own = new URL(endpoint.origin);
  if (target.username !== "" || target.password !== "") return "it holds a user name or password";
  if (target.origin === own.origin) return undefined;
  if (target.protocol !== "https:" && !mayBePlain(endpoint, own, target)) return "it is not https";
  const near = isInternal(bareHost(target.hostname));
  const same = target.hostname === own.hostname || (isLoopback(target.hostname) && isLoopback(own.hostname));
  return near && !same ? "it is an address of an internal network" : undefined;
}

function mayBePlain(endpoint: RegistryEndpoint, own: URL, target: URL): boolean {
  if (target.protocol !== "http:" || own.protocol !== "http:") return false;
  return target.hostname === own.hostname || isLoopback(target.hostname) || endpoint.insecure.includes(target.host);
}

function hostnameOf(url: string): string {
  return URL.parse(url)?.hostname ?? "";
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** True for localhost, 127.0.0.0/8 and ::1. */
export function isLoopback(hostname: string): boolean {
  const host = bareHost(hostname);
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || (isIPv4(host) && /^127\./.test(host));
}

/** Literals of RFC 1918, RFC 3927, RFC 4193, loopback, unspecified, and IPv4 written inside IPv6. */
function isInternal(host: string): boolean {
  if (isLoopback(host)) return true;
  if (isIPv4(host))
    return /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(
      host,
    );
  return isIPv6(host) && /^(?:::|f[cd]|fe[89ab]|64:ff9b:)/.test(host);
}
