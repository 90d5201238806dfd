import { setTimeout as sleep } from "node:timers/promises";
import { CoreError } from "./core-error.ts";
import { redactUrl } from "./errors.ts";
import type { HttpClientOptions, HttpRequestOptions, HttpResponse } from "./http.ts";
import type { Agents } from "./http-exchange.ts";
import { requestFollowing } from "./http-redirect.ts";

const maxDelayMs = 30_000;
const retriable = new Set([408, 425, 429, 500, 502, 503, 504, 522]);

/**
 * Sends a request until it has an answer that another attempt would not better, or until its budget of time is spent: full-jitter
 * backoff, Retry-After first. Any status comes back when there is no time for more; a failure of the network is thrown.
 * @throws CoreError HTTP_UNREACHABLE, HTTP_TIMEOUT, HTTP_REDIRECT, HTTP_BAD_URL, CANCELLED
 */
export async function requestWithRetries(
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

function joinSignals(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a === undefined ? b : b === undefined ? a : AbortSignal.any([a, b]);
}
