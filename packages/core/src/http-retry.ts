import { setTimeout as sleep } from "node:timers/promises";
import { CoreError } from "./core-error.ts";
import { redactUrl } from "./errors.ts";
import type { HttpRequestOptions, HttpResponse } from "./http.ts";
import type { Wire } from "./http-exchange.ts";
import { isFinal } from "./http-failure.ts";
import { requestFollowing } from "./http-redirect.ts";

const retriable = new Set([408, 425, 429, 500, 502, 503, 504, 522]);

/**
 * Sends a request until it has an answer that another attempt would not better, or until its budget of time is spent: full-jitter
 * backoff, Retry-After first. Any status comes back when there is no time for more; a failure of the network is thrown.
 * @throws CoreError HTTP_UNREACHABLE, HTTP_TIMEOUT, HTTP_MALFORMED, HTTP_UNTRUSTED, HTTP_REDIRECT, HTTP_BAD_URL, CANCELLED
 */
export async function requestWithRetries(url: string, request: HttpRequestOptions, wire: Wire): Promise<HttpResponse> {
  const deadline = Date.now() + (request.retryBudgetMs ?? wire.timing.retryBudgetMs);
  const signal = joinSignals(wire.signal, request.signal);
  for (let attempt = 0; ; attempt += 1) {
    let delayMs = backoffMs(wire, attempt);
    let failure: string;
    try {
      const response = await requestFollowing(url, request, wire, signal);
      if (!retriable.has(response.status)) return response;
      delayMs = Math.max(delayMs, retryAfterMs(response.headers["retry-after"]));
      failure = `HTTP ${String(response.status)}`;
      if (Date.now() + delayMs >= deadline) return response;
      await response.drain();
    } catch (error) {
      if (signal?.aborted === true) throw cancelled(url, request, error);
      if (!(error instanceof CoreError) || !["HTTP_UNREACHABLE", "HTTP_TIMEOUT"].includes(error.code)) throw error;
      if (Date.now() + delayMs >= deadline || isFinal(error)) throw error;
      failure = error.message;
    }
    wire.log?.debug(
      `${request.method ?? "GET"} ${redactUrl(url)}: ${failure}; trying again in ${String(Math.round(delayMs))} ms`,
    );
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw cancelled(url, request, error);
    });
  }
}

/** Full jitter: anything up to a bound that doubles with every attempt. */
export function backoffMs({ timing, random }: Wire, attempt: number): number {
  return Math.min(timing.maxDelayMs, timing.firstDelayMs * 2 ** attempt) * random();
}

function cancelled(url: string, { method = "GET" }: HttpRequestOptions, cause: unknown): CoreError {
  return new CoreError("CANCELLED", `${method} ${url}: cancelled`, { cause });
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3). One that does not fit into the budget ends the attempts. */
function retryAfterMs(header: string | undefined): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

function joinSignals(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a === undefined ? b : b === undefined ? a : AbortSignal.any([a, b]);
}
