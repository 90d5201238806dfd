import type { IncomingMessage } from "node:http";
import { CoreError } from "./core-error.ts";
import type { HttpResponse } from "./http.ts";
import { explainCut, timeoutError, type Place } from "./http-failure.ts";
import type { HttpTiming } from "./http-timing.ts";
import { requireWithin, type Limits } from "./limits.ts";

/** A body that nobody wants is read to its end only when that is soon: a new connection costs less than the rest. */
const mostDrainedBytes = 256 * 1024;
const longestDrainMs = 2000;

interface BodyTerms {
  readonly timing: HttpTiming;
  readonly signal: AbortSignal | undefined;
  /** Why the exchange was ended, where we or the parser ended it. */
  readonly failure: () => unknown;
}

/** The answer that a message of Node's is. */
export function toResponse(message: IncomingMessage, target: URL, place: Place, terms: BodyTerms): HttpResponse {
  return responseOf(
    {
      status: message.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(message.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(", ") : (value ?? ""),
        ]),
      ),
      url: `${target.origin}${target.pathname}${target.search}`,
    },
    readBody(message, place, terms),
    place.text,
  );
}

/** An answer with this body; `what` names it in messages. */
export function responseOf(
  head: Pick<HttpResponse, "status" | "headers" | "url">,
  body: AsyncGenerator<Uint8Array>,
  what: string,
): HttpResponse {
  return {
    ...head,
    body,
    bytes: (limitBytes, limit) => readWhole(head, body, { what, limitBytes, limit }),
    drain: () => drain(body),
  };
}

interface Bound {
  readonly what: string;
  readonly limitBytes: number;
  readonly limit: keyof Limits | undefined;
}

async function readWhole(
  { headers }: Pick<HttpResponse, "headers">,
  body: AsyncGenerator<Uint8Array>,
  { what, limitBytes, limit }: Bound,
): Promise<Buffer> {
  const promised = Number(headers["content-length"] ?? "0");
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.byteLength;
    requireWithin(what, Math.max(total, promised), limitBytes, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function drain(body: AsyncGenerator<Uint8Array>): Promise<void> {
  const until = performance.now() + longestDrainMs;
  let total = 0;
  try {
    for await (const chunk of body) {
      total += chunk.byteLength;
      if (total > mostDrainedBytes || performance.now() > until) return;
    }
  } catch {
    // A body that ends badly no longer matters to a caller who does not want it.
  }
}

/**
 * The chunks of a message. Only time spent in waiting counts against the server: a reader that takes its time does not make the
 * line slow.
 */
async function* readBody(message: IncomingMessage, place: Place, terms: BodyTerms): AsyncGenerator<Uint8Array> {
  const { minBytesPerSecond, slowAfterMs } = terms.timing;
  let waitedMs = 0;
  let arrivedBytes = 0;
  let asked = performance.now();
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      waitedMs += performance.now() - asked;
      arrivedBytes += chunk.byteLength;
      if (waitedMs >= slowAfterMs) {
        if (arrivedBytes * 1000 < minBytesPerSecond * waitedMs) {
          throw timeoutError(place, `${String(arrivedBytes)} bytes in ${String(Math.round(waitedMs))} ms are too slow`);
        }
        waitedMs = 0;
        arrivedBytes = 0;
      }
      yield chunk;
      asked = performance.now();
    }
  } catch (cause) {
    if (terms.signal?.aborted === true) throw new CoreError("CANCELLED", `${place.text}: cancelled`, { cause });
    throw explainCut(place, terms.failure() ?? cause);
  }
}
