import {
  request as httpRequest,
  type Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { CoreError } from "./core-error.ts";
import type { HttpRequestOptions, HttpResponse } from "./http.ts";
import { toResponse } from "./http-body.ts";
import { explainFailure, timeoutError, type Place } from "./http-failure.ts";
import type { HttpTiming } from "./http-timing.ts";
import type { Logger } from "./log.ts";

const maxHeaderBytes = 64 * 1024;

/** What all exchanges of one client share. */
export interface Wire {
  /** The connections to use for an address: direct ones or those of a proxy. @throws CoreError HTTP_CA, HTTP_PROXY, CANCELLED */
  readonly agentFor: (target: URL) => Promise<HttpAgent>;
  readonly timing: HttpTiming;
  readonly random: () => number;
  readonly userAgent: string;
  readonly signal: AbortSignal | undefined;
  readonly log: Logger | undefined;
}

/**
 * One request and its answer, whatever it is.
 * @throws CoreError HTTP_UNREACHABLE, HTTP_TIMEOUT, HTTP_MALFORMED, HTTP_UNTRUSTED
 */
export async function requestOnce(
  target: URL,
  request: HttpRequestOptions,
  headers: Record<string, string>,
  wire: Wire,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const agent = await wire.agentFor(target);
  for (;;) {
    const exchange = new Exchange(target, request, headers, { agent, timing: wire.timing }, signal);
    try {
      return await exchange.response;
    } catch (error) {
      // The server closed a kept connection while we wrote to it, or left bytes on it: another connection may serve. The agent
      // forgets the broken one, so this ends with a fresh one.
      const mayServe = exchange.wasReused && isRead(request) && isBroken(error);
      if (!mayServe || signal?.aborted === true) throw error;
    }
  }
}

const isBroken = (error: unknown): boolean =>
  error instanceof CoreError && (error.code === "HTTP_UNREACHABLE" || error.code === "HTTP_MALFORMED");

const isRead = ({ method = "GET" }: HttpRequestOptions): boolean => method === "GET" || method === "HEAD";

/** A request under way, with the clocks that end it. */
class Exchange {
  readonly response: Promise<HttpResponse>;
  readonly #sent: ClientRequest;
  readonly #place: Place;
  #failure: unknown;

  constructor(
    target: URL,
    request: HttpRequestOptions,
    headers: Record<string, string>,
    { agent, timing }: { readonly agent: HttpAgent; readonly timing: HttpTiming },
    signal: AbortSignal | undefined,
  ) {
    const idleMs = request.idleTimeoutMs ?? timing.idleMs;
    this.#place = { text: `${request.method ?? "GET"} ${target.origin}${target.pathname}`, url: target.href };
    this.#sent = (target.protocol === "https:" ? httpsRequest : httpRequest)({
      protocol: target.protocol,
      hostname: target.hostname.replace(/^\[|\]$/g, ""),
      port: target.port,
      path: target.pathname + target.search,
      method: request.method ?? "GET",
      headers: { ...headers, ...lengthOf(request) },
      agent,
      maxHeaderSize: maxHeaderBytes,
      timeout: idleMs,
      ...(signal === undefined ? {} : { signal }),
    });
    this.#endInTime(idleMs, timing.totalMs);
    this.response = new Promise((resolve, reject) => {
      this.#sent.on("response", (message: IncomingMessage) => {
        resolve(toResponse(message, target, this.#place, { timing, signal, failure: () => this.#failure }));
      });
      this.#sent.on("error", (cause) => {
        this.#failure ??= cause;
        reject(explainFailure(this.#place, this.#failure));
      });
    });
    sendBody(this.#sent, request.body).catch((cause: unknown) => {
      this.#end(cause);
    });
  }

  /** True when the request went out on a connection that had served before. */
  get wasReused(): boolean {
    return this.#sent.reusedSocket;
  }

  #endInTime(idleMs: number, totalMs: number): void {
    const total = setTimeout(() => {
      this.#end(timeoutError(this.#place, `not done after ${String(totalMs)} ms`));
    }, totalMs).unref();
    let headers: NodeJS.Timeout | undefined;
    const silence = (): void => {
      this.#end(timeoutError(this.#place, `no data for ${String(idleMs)} ms`));
    };
    this.#sent.on("timeout", silence);
    // Headers that drip keep the connection busy; they have as long as silence.
    this.#sent.once("finish", () => (headers = setTimeout(silence, idleMs)));
    this.#sent.once("response", () => {
      clearTimeout(headers);
    });
    this.#sent.once("close", () => {
      clearTimeout(headers);
      clearTimeout(total);
    });
  }

  #end(cause: unknown): void {
    this.#failure ??= cause;
    this.#sent.destroy(cause instanceof Error ? cause : new Error(String(cause)));
  }
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
