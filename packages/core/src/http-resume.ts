import { setTimeout as sleep } from "node:timers/promises";
import { CoreError } from "./core-error.ts";
import { redactUrl } from "./errors.ts";
import type { HttpRequestOptions, HttpResponse } from "./http.ts";
import { responseOf } from "./http-body.ts";
import type { Wire } from "./http-exchange.ts";
import { backoffMs, requestWithRetries } from "./http-retry.ts";

/**
 * How does a body that was cut go on?
 *
 * Contract: the bytes are those of one content, in order, each once. Nothing of another content is ever joined to what was read.
 *
 * 1. A body that broke before its first byte is asked for anew, whatever it is then.
 * 2. Later, what is missing is asked for with `Range`, and `If-Range` with the validator of the first answer (RFC 9110 §13.1.5,
 *    §14.2). A server that has other content by now then sends that, whole, and says 200.
 * 3. 206 with exactly the range that was asked for goes on. 200 with the very entity tag of the first answer is the same content from
 *    its beginning: what was read already is skipped. 416 that gives our position as the whole length says that nothing is missing.
 * 4. Everything else ends the body with HTTP_RESUME: who reads it must begin anew, or give up.
 *
 * Without a strong validator there is no step 2: the error that cut the body is thrown.
 */

/** A part that brings this much is progress; the delay begins anew. */
const progressBytes = 256 * 1024;
const maxFruitless = 6;

interface Source {
  readonly url: string;
  readonly request: HttpRequestOptions;
  readonly wire: Wire;
}

/** An answer to a GET whose body goes on after a cut. */
export function resumable(first: HttpResponse, source: Source): HttpResponse {
  return responseOf(first, readOn(first, source), `GET ${redactUrl(source.url)}`);
}

async function* readOn(first: HttpResponse, source: Source): AsyncGenerator<Uint8Array> {
  let from = first;
  let body = first.body;
  let position = 0;
  let fruitless = 0;
  let progressAt = performance.now();
  for (;;) {
    const began = position;
    try {
      for await (const chunk of body) {
        position += chunk.byteLength;
        yield chunk;
      }
      return;
    } catch (error) {
      const isProgress = position - began >= progressBytes;
      fruitless = isProgress ? 0 : fruitless + 1;
      if (isProgress) progressAt = performance.now();
      if (!isCut(error) || fruitless > maxFruitless || performance.now() - progressAt > budgetMs(source)) throw error;
      if (position > 0 && validatorOf(from) === undefined) throw error;
    }
    await pause(source, position, fruitless);
    if (position === 0) {
      from = await askAnew(source);
      body = from.body;
    } else body = await askForRest(source, from, position);
  }
}

const budgetMs = ({ request, wire }: Source): number => request.retryBudgetMs ?? wire.timing.retryBudgetMs;

const isCut = (error: unknown): boolean =>
  error instanceof CoreError && (error.code === "HTTP_TRUNCATED" || error.code === "HTTP_TIMEOUT");

async function pause({ url, wire }: Source, position: number, fruitless: number): Promise<void> {
  const delayMs = backoffMs(wire, fruitless);
  wire.log?.debug(
    `GET ${redactUrl(url)}: cut at byte ${String(position)}; going on in ${String(Math.round(delayMs))} ms`,
  );
  // An abort is told by the request that follows.
  await sleep(delayMs, undefined, wire.signal === undefined ? {} : { signal: wire.signal }).catch(() => undefined);
}

async function askAnew({ url, request, wire }: Source): Promise<HttpResponse> {
  const response = await requestWithRetries(url, request, wire);
  if (response.status === 200) return response;
  throw await cannotGoOn(url, response, 0);
}

async function askForRest(
  { url, request, wire }: Source,
  first: HttpResponse,
  position: number,
): Promise<AsyncIterable<Uint8Array>> {
  const headers = {
    ...request.headers,
    range: `bytes=${String(position)}-`,
    "if-range": validatorOf(first) ?? "",
  };
  const response = await requestWithRetries(url, { ...request, headers }, wire);
  if (response.status === 206 && isRest(response, first, position)) return response.body;
  const tag = strongTagOf(first);
  if (response.status === 200 && tag !== undefined && strongTagOf(response) === tag)
    return skip(response.body, position);
  if (response.status === 416 && isEnd(response, first, position)) {
    await response.drain();
    return nothing();
  }
  throw await cannotGoOn(url, response, position);
}

/** The part must begin where we are and reach to the end of what the first answer promised. */
function isRest({ headers }: HttpResponse, first: HttpResponse, position: number): boolean {
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
  const promised = first.headers["content-length"];
  const tag = strongTagOf(first);
  return (
    Number(start) === position &&
    Number(end) + 1 === Number(total) &&
    (promised === undefined || promised === total) &&
    (tag === undefined || headers["etag"] === undefined || headers["etag"] === tag)
  );
}

function isEnd({ headers }: HttpResponse, first: HttpResponse, position: number): boolean {
  const promised = first.headers["content-length"] ?? String(position);
  return headers["content-range"] === `bytes */${String(position)}` && promised === String(position);
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Empty: all of the body was read already.
}

async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (left < chunk.byteLength) yield left === 0 ? chunk : chunk.subarray(left);
    left -= Math.min(left, chunk.byteLength);
  }
}

async function cannotGoOn(url: string, response: HttpResponse, position: number): Promise<CoreError> {
  await response.drain();
  const found = `${String(response.status)} ${response.headers["content-range"] ?? ""}`.trim();
  return new CoreError(
    "HTTP_RESUME",
    `GET ${redactUrl(url)}: cannot go on from byte ${String(position)}: the server answered ${found}`,
    { kind: "remote", hint: "try again: the file changed while it was read", context: { url } },
  );
}

/** A strong entity tag, or a date that is one: at least a second older than the answer (RFC 9110 §8.8.2.2). */
function validatorOf(response: HttpResponse): string | undefined {
  const { "last-modified": modified = "", date = "" } = response.headers;
  return strongTagOf(response) ?? (Date.parse(date) - Date.parse(modified) >= 1000 ? modified : undefined);
}

function strongTagOf({ headers }: HttpResponse): string | undefined {
  return headers["etag"]?.startsWith('"') === true ? headers["etag"] : undefined;
}
