import { CoreError } from "./core-error.ts";
import type { HttpTiming } from "./http-timing.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "./log.ts";

/**
 * HTTP as a factory needs it: bounded, patient and discreet.
 *
 * - Retries network failures, 408, 425, 429 and 5xx with full-jitter backoff within a time budget; honours Retry-After.
 * - Goes on with a body that was cut, from the byte where it was, where the caller asks for that.
 * - Follows redirects itself, and drops `authorization` and `cookie` as soon as the origin changes.
 * - Every exchange has a bound in time: silence, a drip and an endless answer all end.
 * - Bodies come as they were sent: nothing is decoded, as packages and indexes are compressed files of their own.
 * - Proxies come from HTTPS_PROXY, HTTP_PROXY and NO_PROXY, authorities from SSL_CERT_FILE and SSL_CERT_DIR of the environment
 *   that is passed in.
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
  /**
   * The `authorization` header for an address, asked for wherever the request is sent: the first address and each that it is
   * redirected to. It takes the place of a header and of a name in the URL.
   */
  readonly authorize?: (target: URL) => string | undefined;
  /**
   * Goes on with the body of a GET that was cut or stalled, from the byte where it was, as long as the server proves that it
   * still has the same content; where it does not, the body throws HTTP_RESUME or what cut it.
   */
  readonly resume?: boolean;
  /** Time without a byte in either direction. Default: the client's. */
  readonly idleTimeoutMs?: number;
  /** Time for all attempts together, and for a body to make progress again. Default: the client's; 0 means one attempt. */
  readonly retryBudgetMs?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The URL that answered, after redirects; without userinfo. */
  readonly url: string;
  /** The body as it arrives, in chunks that belong to the reader; a connection cut early throws HTTP_TRUNCATED, one that stalls HTTP_TIMEOUT. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body; `limit` is the limit's name for the user. @throws CoreError LIMIT_EXCEEDED */
  bytes(limitBytes: number, limit?: keyof Limits): Promise<Buffer>;
  /** Reads and forgets the body, so that the connection can be used again; a long one is cut off instead. */
  drain(): Promise<void>;
}

export interface HttpClientOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly log?: Logger;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
  /** Random number in [0,1) for jitter; a test may fix it. */
  readonly random?: () => number;
  /** What differs from {@link defaultTiming}. */
  readonly timing?: Partial<HttpTiming>;
  /** Files of certificates (PEM) of authorities to trust beside the usual ones. */
  readonly caFiles?: readonly string[];
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
