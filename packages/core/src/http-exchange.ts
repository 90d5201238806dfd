import {
  request as httpRequest,
  type Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { request as httpsRequest, type Agent as HttpsAgent } from "node:https";
import { finished } from "node:stream/promises";
import { CoreError } from "./core-error.ts";
import { EngineError } from "./errors.ts";
import { reasonOf } from "./files.ts";
import type { HttpRequestOptions, HttpResponse } from "./http.ts";
import { requireWithin } from "./limits.ts";

const maxHeaderBytes = 64 * 1024;

/** Connection pools, by scheme. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** One request and its answer, whatever it is. @throws CoreError HTTP_UNREACHABLE, HTTP_TIMEOUT */
export function requestOnce(
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
