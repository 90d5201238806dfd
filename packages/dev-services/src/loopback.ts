import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a service of this package answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Left out: no body. What comes in chunks needs a content-length among the headers; a chunk has left before the next is asked for. */
  readonly body?: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A request as the services see it. */
export interface Exchange {
  readonly method: string;
  /** Decoded by nobody: as it stands in the request line, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What goes wrong on purpose with one request. */
export type Fault =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** The connection is cut: before the request is handled, or after it was but before the answer. */
  | { readonly kind: "reset"; readonly handled: boolean }
  | { readonly kind: "delay"; readonly delayMs: number };

export interface LoopbackOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Looks at every request before it is handled; its fault happens instead of, or before, the answer. */
  readonly fault?: ((exchange: Exchange) => Fault | undefined) | undefined;
}

/** One handled request, for tests that assert the order of things. */
export interface Served {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** A service that listens on 127.0.0.1 until it is closed. */
export interface LoopbackService {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** What has been answered so far, in order. */
  readonly served: readonly Served[];
  close(): Promise<void>;
}

/** Serves `handle` on loopback. An error thrown by it is answered with 500 and its message. */
export async function startLoopback(
  handle: (exchange: Exchange) => Promise<Answer>,
  options: LoopbackOptions = {},
): Promise<LoopbackService> {
  const served: Served[] = [];
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    const exchange = toExchange(request);
    serve(handle, exchange, options, response)
      .catch((error: unknown) => sendProblem(response, error))
      .finally(() => served.push({ method: exchange.method, path: exchange.path, status: response.statusCode }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${String(port)}`;
  return {
    url: `http://${host}`,
    host,
    served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function toExchange(request: IncomingMessage): Exchange {
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(query.join("?")),
    headers: Object.fromEntries(headers) as Record<string, string | undefined>,
    body: request,
  };
}

async function serve(
  handle: (exchange: Exchange) => Promise<Answer>,
  exchange: Exchange,
  { fault }: LoopbackOptions,
  response: ServerResponse,
): Promise<void> {
  const wrong = fault?.(exchange);
  if (wrong?.kind === "reset" && !wrong.handled) {
    response.destroy();
    return;
  }
  if (wrong?.kind === "delay") await new Promise((resume) => setTimeout(resume, wrong.delayMs));
  const answer = wrong?.kind === "answer" ? wrong.answer : await handle(exchange);
  if (wrong?.kind === "reset") response.destroy();
  else await send(response, exchange.method, answer);
}

async function send(response: ServerResponse, method: string, { status, headers = {}, body }: Answer): Promise<void> {
  const length = body === undefined ? 0 : body instanceof Uint8Array ? body.byteLength : undefined;
  response.writeHead(
    status,
    length === undefined || status === 204 ? headers : { "content-length": length, ...headers },
  );
  if (method === "HEAD" || body === undefined || body instanceof Uint8Array) {
    response.end(method === "HEAD" ? undefined : body);
    return;
  }
  for await (const chunk of body) {
    await written(response, chunk);
    if (response.destroyed) return;
  }
  response.end();
}

/** Resolves when the chunk has left, and its memory may be used again, or when nobody reads any more. */
function written(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.write(chunk, () => resolve());
  });
}

function sendProblem(response: ServerResponse, error: unknown): void {
  // Too late to say anything once the body has begun: a cut connection is the honest answer.
  if (response.headersSent || response.destroyed) response.destroy();
  else response.writeHead(500).end(error instanceof Error ? error.message : String(error));
}

/** The whole body of a request. Undefined when it is longer than `limitBytes`; the rest is read and forgotten. */
export async function readBody({ body }: Exchange, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.byteLength;
    if (total <= limitBytes) chunks.push(chunk);
  }
  return total > limitBytes ? undefined : Buffer.concat(chunks);
}
