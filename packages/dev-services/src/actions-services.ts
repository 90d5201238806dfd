import { artifactMethods, TwirpConflict, type Artifact } from "./actions-artifacts.ts";
import { ActionsBlobs } from "./actions-blobs.ts";
import { cacheMethods, type CacheEntry, type TwirpMethod } from "./actions-cache.ts";
import {
  readBody,
  startLoopback,
  type Answer,
  type Exchange,
  type LoopbackOptions,
  type LoopbackService,
} from "./loopback.ts";

/**
 * What a runner's cache and artifact clients talk to: cache v2, artifact v4 and their blob storage, on loopback.
 * Source of the protocol: reference actions §4.3, observed on the public clients.
 */
export interface ActionsServices extends LoopbackService {
  /** Variables that make the public clients use these services for one job of one run. */
  environment(run: string, job: string): Readonly<Record<string, string>>;
  readonly artifacts: readonly Artifact[];
  readonly cacheEntries: readonly CacheEntry[];
}

type Services = Readonly<Record<string, Readonly<Record<string, TwirpMethod>>>>;

/** Upper bound of one request: the clients send blocks of at most 128 MiB. */
const mostRequestBytes = 256 * 1024 ** 2;

export async function startActionsServices(options: LoopbackOptions = {}): Promise<ActionsServices> {
  const blobs = new ActionsBlobs();
  const artifacts: Artifact[] = [];
  const cacheEntries: CacheEntry[] = [];
  const services = {
    CacheService: cacheMethods(blobs, cacheEntries),
    ArtifactService: artifactMethods(blobs, artifacts),
  };
  const server = await startLoopback((exchange) => answer(exchange, blobs, services), options);
  return {
    ...server,
    environment: (run, job) => ({
      ACTIONS_RESULTS_URL: `${server.url}/`,
      ACTIONS_RUNTIME_URL: `${server.url}/`,
      ACTIONS_RUNTIME_TOKEN: runtimeToken(run, job),
      ACTIONS_CACHE_SERVICE_V2: "true",
    }),
    artifacts,
    cacheEntries,
  };
}

/** The clients read run and job from the scopes of the token and never check its signature. */
function runtimeToken(run: string, job: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ scp: `Actions.Results:${run}:${job}` })}.${part("unsigned")}`;
}

async function answer(exchange: Exchange, blobs: ActionsBlobs, services: Services): Promise<Answer> {
  const body = await readBody(exchange, mostRequestBytes);
  if (body === undefined) return { status: 413 };
  const [, service, name] = /^\/twirp\/github\.actions\.results\.api\.v1\.(\w+)\/(\w+)$/.exec(exchange.path) ?? [];
  const method = services[service ?? ""]?.[name ?? ""];
  if (method !== undefined) return answerTwirp(exchange, method, body);
  return exchange.path.startsWith("/blobs/") ? answerBlob(exchange, body, blobs) : { status: 404 };
}

function answerTwirp(exchange: Exchange, method: TwirpMethod, body: Buffer): Answer {
  const json = (status: number, value: unknown): Answer => ({
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(value)),
  });
  const urlOf = (blob: string): string => `http://${exchange.headers["host"] ?? "127.0.0.1"}/blobs/${blob}?sig=signed`;
  try {
    return json(200, method(parseRequest(body), urlOf));
  } catch (error) {
    if (!(error instanceof TwirpConflict)) throw error;
    return json(409, { code: "already_exists", msg: error.message });
  }
}

function parseRequest(body: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(body.toString("utf8"));
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** `PUT` whole, `PUT ?comp=block&blockid=`, `PUT ?comp=blocklist`, and `GET`; the replies carry what Azure's client looks for. */
function answerBlob({ method, path, query, headers }: Exchange, body: Buffer, blobs: ActionsBlobs): Answer {
  const name = path.slice("/blobs/".length);
  const marks = { "x-ms-request-id": "1", etag: '"1"', "last-modified": new Date().toUTCString() };
  if (method === "GET") {
    const bytes = blobs.get(name);
    return bytes === undefined
      ? { status: 404 }
      : { status: 200, headers: { ...marks, "content-type": blobs.typeOf(name) }, body: bytes };
  }
  if (method !== "PUT") return { status: 405 };
  const contentType = headers["x-ms-blob-content-type"];
  if (contentType !== undefined) blobs.setType(name, contentType);
  return { status: storeBlob(name, query, body, blobs) ? 201 : 400, headers: marks };
}

function storeBlob(name: string, query: URLSearchParams, body: Buffer, blobs: ActionsBlobs): boolean {
  switch (query.get("comp")) {
    case "block":
      blobs.putBlock(name, query.get("blockid") ?? "", body);
      return true;
    case "blocklist":
      return blobs.commitBlocks(name, body.toString("utf8"));
    default:
      return blobs.put(name, body);
  }
}
