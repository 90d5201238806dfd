import type { HttpRequestOptions, HttpResponse, Ports } from "@apkmill/core";
import { RegistryAuth } from "./auth.ts";
import { findCredentials, type ExplicitCredentials } from "./auth-keychain.ts";
import { endpointOf, resolveTarget, type RegistryEndpoint } from "./registry-targets.ts";

/** What a registry client needs of the outside world. */
export type RegistryPorts = Pick<Ports, "http" | "log" | "limits" | "now" | "env" | "signal">;

export interface RegistryRequest extends Omit<HttpRequestOptions, "redirect"> {
  /** What the token must allow, the most important first: `repository:NAME:pull,push`. */
  readonly scopes: readonly string[];
  /** False for a body that must not be sent twice to the same address: a 401 then renews the token and is returned. */
  readonly resend?: boolean;
}

/** Sends requests to one registry: authenticated there, and only there. */
export interface RegistryTransport {
  readonly endpoint: RegistryEndpoint;
  /** `target` is a path below the registry's origin or an address that it named. Any status may come back. */
  send(target: string, request: RegistryRequest): Promise<HttpResponse>;
}

export interface TransportOptions {
  /** Hosts (with port) that may be spoken to in plain HTTP; loopback always may. */
  readonly insecureRegistries?: readonly string[] | undefined;
  readonly credentials?: ExplicitCredentials | undefined;
}

const maxRedirects = 5;

/** A transport to the registry of an image; credentials are looked for when the registry first asks. */
export function openTransport(
  ports: RegistryPorts,
  image: { readonly registry: string; readonly repository: string },
  options: TransportOptions = {},
): RegistryTransport {
  const endpoint = endpointOf(image.registry, options.insecureRegistries);
  let found: ReturnType<typeof findCredentials> | undefined;
  const auth = new RegistryAuth(ports, endpoint, () => (found ??= findCredentials(ports, image, options.credentials)));
  return {
    endpoint,
    send: (target, request) => sendAuthenticated(ports, endpoint, auth, target, request),
  };
}

async function sendAuthenticated(
  ports: RegistryPorts,
  endpoint: RegistryEndpoint,
  auth: RegistryAuth,
  target: string,
  request: RegistryRequest,
): Promise<HttpResponse> {
  const url = resolveTarget(endpoint, "address", target, endpoint.origin);
  const own = url.origin === endpoint.origin;
  for (let attempt = 0; ; attempt += 1) {
    // Storage behind a pre-signed address must not see the registry's credentials (and refuses requests that carry any).
    const authorization = own ? await auth.header(request.scopes) : undefined;
    const response = await sendFollowing(ports, endpoint, url, request, authorization);
    const challenge = response.headers["www-authenticate"];
    if (!own || response.status !== 401 || challenge === undefined || attempt >= 2) return response;
    const again = await auth.challenged(challenge, request.scopes, authorization);
    if (!again || request.resend === false) return response;
    await response.drain();
  }
}

/** Redirects are followed for reads only, each checked; credentials stay with the registry's own origin. */
async function sendFollowing(
  { http, signal }: RegistryPorts,
  endpoint: RegistryEndpoint,
  start: URL,
  request: RegistryRequest,
  authorization: string | undefined,
): Promise<HttpResponse> {
  const reading = request.method === undefined || request.method === "GET" || request.method === "HEAD";
  let url = start;
  for (let hop = 0; ; hop += 1) {
    const shown = url.origin === endpoint.origin && authorization !== undefined ? { authorization } : {};
    const response = await http.request(url.href, {
      signal,
      ...request,
      headers: { ...request.headers, ...shown },
      redirect: "manual",
    });
    const location = response.headers["location"];
    if (!reading || location === undefined || response.status < 300 || response.status >= 400) return response;
    if (hop >= maxRedirects) return response;
    await response.drain();
    url = resolveTarget(endpoint, "redirect", location, url.href);
  }
}

/** What a token must allow for reading a repository. */
export const pullScope = (repository: string): string => `repository:${repository}:pull`;

/** What a token must allow for writing to a repository. */
export const pushScope = (repository: string): string => `repository:${repository}:pull,push`;
