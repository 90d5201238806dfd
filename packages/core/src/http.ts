import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreError } from "./core-error.ts";
import { EngineError, redactUrl } from "./errors.ts";
import { reasonOf } from "./files.ts";
import { requireWithin } from "./limits.ts";
import type { Logger } from "./log.ts";

/**
 * HTTP as a factory needs it: bounded, patient and discreet.
 *
 * - Retries network failures, 408, 425, 429 and 5xx with full-jitter backoff within a time budget; honours Retry-After.
 * - Follows redirects itself, and drops `authorization` and `cookie` as soon as the origin changes.
 * - Every body has a byte limit and an idle timeout.
 * - Proxies come from HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment that is passed in.
 *
 * Built on node:http rather than fetch, because registries send upload locations of more than 16 KB, which fetch
 * refuses without recourse (reference sigstore-oci §4.1).
 */
export interface HttpClient {
  /** Sends one request. Any status below 500 comes back as a response; the caller reads or cancels its body. */
  request(url: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  /** Closes idle connections. */
  close(): void;
}

export interface HttpRequestOptions {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, or a function that opens them anew for every attempt (with their length). */
  readonly body?: Uint8Array | { readonly sizeBytes: number; readonly open: () => AsyncIterable<Uint8Array> };
  /** "follow" (default) up to ten hops, or "manual" to see the 3xx answer. */
  readonly redirect?: "follow" | "manual";
  /** Time without a byte in either direction. Default 60 s. */
  readonly idleTimeoutMs?: number;
  /** Time for all attempts together. Default 120 s; 0 means one attempt. */
  readonly retryBudgetMs?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The URL that answered, after redirects; without userinfo. */
  readonly url: string;
  /** The body as it arrives; a connection cut early throws HTTP_TRUNCATED. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body. @throws CoreError LIMIT_EXCEEDED */
  bytes(limitBytes: number): Promise<Buffer>;
  /** Reads and forgets the body, so that the connection can be used again. */
  drain(): Promise<void>;
}

export interface HttpClientOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly log?: Logger;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
  /** Random number in [0,1) for jitter; a test may fix it. */
  readonly random?: () => number;
}

const maxRedirects = 10;
const maxHeaderBytes = 64 * 1024;
const maxDelayMs = 30_000;
const retriable = new Set([408, 425, 429, 500, 502, 503, 504, 522]);

/** A client with its own connection pool (16 sockets an origin). */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const agentOptions = {
    keepAlive: true,
    maxSockets: 16,
    ...(options.env === undefined ? {} : { proxyEnv: { ...options.env } }),
  };
  const agents = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  return {
    request: (url, request = {}) => requestWithRetries(url, request, options, agents),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

async function requestWithRetries(
  url: string,
  request: HttpRequestOptions,
  client: HttpClientOptions,
  agents: Agents,
): Promise<HttpResponse> {
  const deadline = Date.now() + (request.retryBudgetMs ?? 120_000);
  const signal = joinSignals(client.signal, request.signal);
  for (let attempt = 0; ; attempt += 1) {
    let delayMs = Math.min(maxDelayMs, 500 * 2 ** attempt) * (client.random ?? Math.random)();
    let failure: string;
    try {
      const response = await requestFollowing(url, request, client, agents, signal);
      if (!retriable.has(response.status)) return response;
      delayMs = Math.max(delayMs, retryAfterMs(response.headers["retry-after"]));
      failure = `HTTP ${String(response.status)}`;
      if (Date.now() + delayMs >= deadline) return response;
      await response.drain();
    } catch (error) {
      if (signal?.aborted === true)
        throw new CoreError("CANCELLED", `${request.method ?? "GET"} ${url}: cancelled`, { cause: error });
      if (!(error instanceof CoreError) || !["HTTP_UNREACHABLE", "HTTP_TIMEOUT"].includes(error.code)) throw error;
      if (Date.now() + delayMs >= deadline || isFinal(error)) throw error;
      failure = error.message;
    }
    client.log?.debug(
      `${request.method ?? "GET"} ${redactUrl(url)}: ${failure}; trying again in ${String(Math.round(delayMs))} ms`,
    );
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** A name that does not resolve or a port that nobody listens on is not going to change within the budget of a build. */
function isFinal(error: CoreError): boolean {
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  return [
    "ENOTFOUND",
    "ECONNREFUSED",
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  ].includes(code);
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), never more than the longest delay that we accept. */
function retryAfterMs(header: string | undefined): number {
  if (header === undefined) return 0;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(seconds) ? 0 : Math.max(0, Math.min(seconds, 4 * maxDelayMs));
}

async function requestFollowing(
  url: string,
  request: HttpRequestOptions,
  client: HttpClientOptions,
  agents: Agents,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  let target = parseUrl(url);
  let headers: Record<string, string> = {
    "user-agent": client.userAgent ?? "apkmill",
    ...lowerCaseKeys(request.headers ?? {}),
  };
  if (target.username !== "" && headers["authorization"] === undefined) {
    const userinfo = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
    headers["authorization"] = `Basic ${Buffer.from(userinfo).toString("base64")}`;
  }
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await requestOnce(target, request, headers, agents, signal);
    const location = response.headers["location"];
    if (request.redirect === "manual" || location === undefined || ![301, 302, 303, 307, 308].includes(response.status))
      return response;
    await response.drain();
    const next = parseUrl(new URL(location, target).href);
    if (target.protocol === "https:" && next.protocol !== "https:") {
      throw new CoreError("HTTP_REDIRECT", `${url} redirects from https to ${next.protocol}//, refused`, {
        kind: "remote",
        context: { url },
      });
    }
    if (next.origin !== target.origin) headers = withoutCredentials(headers);
    target = next;
  }
  throw new CoreError("HTTP_REDIRECT", `${url}: more than ${String(maxRedirects)} redirects`, {
    kind: "remote",
    context: { url },
  });
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    throw new CoreError("HTTP_BAD_URL", `not an http or https address: ${url}`, { context: { url } });
  }
  return parsed;
}

function lowerCaseKeys(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !["authorization", "cookie", "proxy-authorization"].includes(name)),
  );
}

function requestOnce(
  target: URL,
  request: HttpRequestOptions,
  headers: Record<string, string>,
  agents: Agents,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const secure = target.protocol === "https:";
  const idleTimeoutMs = request.idleTimeoutMs ?? 60_000;
  const place = `${request.method ?? "GET"} ${target.origin}${target.pathname}`;
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      // An error of the body's own source is told as it is.
      if (cause instanceof EngineError) {
        reject(cause);
        return;
      }
      reject(
        new CoreError("HTTP_UNREACHABLE", `${place}: ${reasonOf(cause)}`, {
          kind: "remote",
          cause,
          context: { url: target.href },
        }),
      );
    };
    const sent = (secure ? httpsRequest : httpRequest)(
      {
        protocol: target.protocol,
        hostname: target.hostname.replace(/^\[|\]$/g, ""),
        port: target.port,
        path: target.pathname + target.search,
        method: request.method ?? "GET",
        headers: { ...headers, ...lengthOf(request) },
        agent: secure ? agents.https : agents.http,
        maxHeaderSize: maxHeaderBytes,
        ...(signal === undefined ? {} : { signal }),
      },
      (message) => {
        resolve(toResponse(message, target, place));
      },
    );
    sent.setTimeout(idleTimeoutMs, () => {
      sent.destroy(
        new CoreError("HTTP_TIMEOUT", `${place}: no data for ${String(idleTimeoutMs)} ms`, {
          kind: "remote",
          context: { url: target.href },
        }),
      );
    });
    sent.on("error", fail);
    sendBody(sent, request.body).catch((cause: unknown) => {
      sent.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    });
  });
}

function lengthOf({ body, method }: HttpRequestOptions): OutgoingHttpHeaders {
  if (body === undefined)
    return method === "POST" || method === "PUT" || method === "PATCH" ? { "content-length": "0" } : {};
  return { "content-length": String("sizeBytes" in body ? body.sizeBytes : body.byteLength) };
}

async function sendBody(sent: ClientRequest, body: HttpRequestOptions["body"]): Promise<void> {
  if (body === undefined) sent.end();
  else if (!("open" in body)) sent.end(body);
  else {
    for await (const chunk of body.open()) {
      // A server that answers early closes the stream; what it said is told by the response.
      if (sent.destroyed) return;
      if (!sent.write(chunk)) await drained(sent);
    }
    sent.end();
  }
}

function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      sent.off("drain", done).off("close", done);
      resolve();
    };
    sent.once("drain", done).once("close", done);
  });
}

function toResponse(message: IncomingMessage, target: URL, place: string): HttpResponse {
  const body = readBody(message, target, place);
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(", ") : (value ?? ""),
      ]),
    ),
    url: `${target.origin}${target.pathname}${target.search}`,
    body,
    bytes: async (limitBytes) => {
      const chunks: Uint8Array[] = [];
      let total = 0;
      for await (const chunk of body) {
        total += chunk.byteLength;
        requireWithin(place, total, limitBytes);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
    drain: async () => {
      // A body that ends badly no longer matters to a caller who does not want it.
      await finished(message.resume()).catch(() => undefined);
    },
  };
}

async function* readBody(message: IncomingMessage, target: URL, place: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of message) yield chunk as Buffer;
  } catch (cause) {
    if (cause instanceof CoreError) throw cause;
    throw new CoreError("HTTP_TRUNCATED", `${place}: the connection ended before the body did: ${reasonOf(cause)}`, {
      kind: "remote",
      cause,
      context: { url: target.href },
    });
  }
}

function joinSignals(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a === undefined ? b : b === undefined ? a : AbortSignal.any([a, b]);
}

/** Refuses any status that is not listed. The message names the place and the status; never the body. @throws CoreError HTTP_STATUS */
export async function requireStatus(
  response: HttpResponse,
  what: string,
  ...allowed: readonly number[]
): Promise<HttpResponse> {
  if (allowed.includes(response.status)) return response;
  await response.drain();
  throw new CoreError("HTTP_STATUS", `${what}: the server answered ${String(response.status)}`, {
    kind: "remote",
    context: { url: response.url },
    ...(response.status === 401 || response.status === 403 ? { hint: "check the credentials for this host" } : {}),
  });
}
