import { startLoopback, type Answer, type Exchange, type LoopbackOptions, type LoopbackService } from "./loopback.ts";
import { openDoorkeeper, type Doorkeeper, type RegistryAuthOptions } from "./registry-auth.ts";
import { answerBlob } from "./registry-blobs.ts";
import { answerManifest } from "./registry-manifests.ts";
import { answerReferrers } from "./registry-referrers.ts";
import { parseRoute, type Route } from "./registry-routes.ts";
import { refuse, type RegistryState } from "./registry-state.ts";
import { openDirectoryStorage } from "./registry-storage-directory.ts";
import { openMemoryStorage } from "./registry-storage-memory.ts";
import { answerTags } from "./registry-tags.ts";
import { answerUpload, answerUploads } from "./registry-uploads.ts";

export interface RegistryOptions extends LoopbackOptions {
  /** A folder that keeps everything; left out, the registry ends with the process. */
  readonly directory?: string;
  readonly auth?: RegistryAuthOptions;
  /** False behaves like registries of before distribution-spec 1.1: no referrers API, no `OCI-Subject`. */
  readonly referrersApi?: boolean;
  /** Default 100. */
  readonly referrersPageSize?: number;
  /** False answers every mount with an upload session. */
  readonly mounts?: boolean;
  /** True refuses to move a tag. */
  readonly immutableTags?: boolean;
}

/** The specification asks registries to take at least 4 MiB; most stop there. */
const manifestBytes = 4 * 1024 * 1024;

/** Starts an OCI registry on 127.0.0.1: distribution-spec 1.1 with push, pull, mounts, deletes and referrers. */
export async function startRegistry(options: RegistryOptions = {}): Promise<LoopbackService> {
  const state: RegistryState = {
    storage: options.directory === undefined ? openMemoryStorage() : openDirectoryStorage(options.directory),
    sessions: new Map(),
    referrersApi: options.referrersApi ?? true,
    referrersPageSize: options.referrersPageSize ?? 100,
    mounts: options.mounts ?? true,
    immutableTags: options.immutableTags ?? false,
    manifestBytes,
  };
  let url = "";
  const doorkeeper = openDoorkeeper(options.auth ?? { kind: "none" }, () => url);
  const service = await startLoopback((exchange) => answer(state, doorkeeper, exchange), options);
  ({ url } = service);
  return service;
}

async function answer(state: RegistryState, doorkeeper: Doorkeeper, exchange: Exchange): Promise<Answer> {
  const route = parseRoute(exchange.path);
  if (route === undefined) return refuse(404, "NAME_INVALID", "no such path");
  if (route.kind === "token") return doorkeeper.token(exchange);
  const answered = doorkeeper.check(exchange, route) ?? (await dispatch(state, exchange, route));
  const version = { "docker-distribution-api-version": "registry/2.0" };
  return { ...answered, headers: { ...version, ...answered.headers } };
}

function dispatch(state: RegistryState, exchange: Exchange, route: Exclude<Route, { kind: "token" }>): Promise<Answer> {
  switch (route.kind) {
    case "base":
      return Promise.resolve({ status: 200, headers: { "content-type": "application/json" }, body: Buffer.from("{}") });
    case "blob":
      return answerBlob(state, exchange, route.repository, route.digest);
    case "uploads":
      return answerUploads(state, exchange, route.repository);
    case "upload":
      return answerUpload(state, exchange, route.repository, route.session);
    case "manifest":
      return answerManifest(state, exchange, route.repository, route.reference);
    case "tags":
      return answerTags(state, exchange, route.repository);
    case "referrers":
      return answerReferrers(state, exchange, route.repository, route.subject);
  }
}
