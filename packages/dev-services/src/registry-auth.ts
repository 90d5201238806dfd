import { randomBytes } from "node:crypto";
import { readBody, type Answer, type Exchange } from "./loopback.ts";
import type { Route } from "./registry-routes.ts";
import { refuse } from "./registry-state.ts";

/** Who may do what. `bearer` is the token flow of registries on the internet, with this registry as its own realm. */
export type RegistryAuthOptions =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | {
      readonly kind: "bearer";
      readonly username: string;
      readonly password: string;
      /** Default 60. */
      readonly tokenLifetimeSeconds?: number;
      /** A refresh token that is taken in place of user and password. */
      readonly refreshToken?: string;
      readonly anonymousPull?: boolean;
    };

/** The doorkeeper of one registry. */
export interface Doorkeeper {
  /** The refusal of a request, or undefined when it may pass. */
  check(exchange: Exchange, route: Route): Answer | undefined;
  /** The token endpoint. */
  token(exchange: Exchange): Promise<Answer>;
}

interface Grant {
  readonly scopes: ReadonlySet<string>;
  readonly expiresAtMs: number;
}

/** Makes a doorkeeper; issued tokens live in memory. */
export function openDoorkeeper(options: RegistryAuthOptions, url: () => string): Doorkeeper {
  const grants = new Map<string, Grant>();
  return {
    check: (exchange, route) => check(options, grants, url, exchange, route),
    token: (exchange) => issue(options, grants, exchange),
  };
}

function check(
  options: RegistryAuthOptions,
  grants: ReadonlyMap<string, Grant>,
  url: () => string,
  { method, headers }: Exchange,
  route: Route,
): Answer | undefined {
  const shown = headers["authorization"];
  if (options.kind === "none" || route.kind === "token") return undefined;
  if (options.kind === "basic") {
    return shown === basicOf(options) ? undefined : unauthorized('Basic realm="registry"');
  }
  const needed = neededScope(method, route);
  const grant = shown?.startsWith("Bearer ") === true ? grants.get(shown.slice(7)) : undefined;
  const valid = grant !== undefined && grant.expiresAtMs > Date.now();
  if (valid && (needed === undefined || grant.scopes.has(needed))) return undefined;
  const scope = needed === undefined ? "" : `,scope="${needed.replace(/:push$/, ":pull,push")}"`;
  const problem = shown === undefined ? "" : `,error="${valid ? "insufficient_scope" : "invalid_token"}"`;
  return unauthorized(`Bearer realm="${url()}/token",service="dev-registry"${scope}${problem}`);
}

function unauthorized(challenge: string): Answer {
  const answer = refuse(401, "UNAUTHORIZED", "authentication required");
  return { ...answer, headers: { ...answer.headers, "www-authenticate": challenge } };
}

function basicOf({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** `repository:<name>:<one action>`; undefined for the base path, which any valid token opens. */
function neededScope(method: string, route: Route): string | undefined {
  if (!("repository" in route)) return undefined;
  const reading = method === "GET" || method === "HEAD";
  return `repository:${route.repository}:${reading ? "pull" : "push"}`;
}

async function issue(options: RegistryAuthOptions, grants: Map<string, Grant>, exchange: Exchange): Promise<Answer> {
  if (options.kind !== "bearer") return refuse(404, "UNSUPPORTED", "no tokens here");
  const form =
    exchange.method === "POST" ? new URLSearchParams((await readBody(exchange, 65_536))?.toString("utf8")) : undefined;
  if (form !== undefined && options.refreshToken === undefined)
    return refuse(404, "UNSUPPORTED", "no refresh tokens here");
  const known =
    form === undefined
      ? exchange.headers["authorization"] === basicOf(options)
      : form.get("refresh_token") === options.refreshToken;
  const anonymous = form === undefined && exchange.headers["authorization"] === undefined;
  if (!known && !(anonymous && options.anonymousPull === true)) return refuse(401, "UNAUTHORIZED", "wrong credentials");
  const asked = (
    form?.get("scope")?.split(" ") ?? exchange.query.getAll("scope").flatMap((text) => text.split(" "))
  ).flatMap(singleActions);
  const scopes = new Set(asked.filter((scope) => known || scope.endsWith(":pull")));
  const token = randomBytes(24).toString("base64url");
  const lifetime = options.tokenLifetimeSeconds ?? 60;
  grants.set(token, { scopes, expiresAtMs: Date.now() + lifetime * 1000 });
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ token, expires_in: lifetime, issued_at: new Date().toISOString() })),
  };
}

/** `repository:a/b:pull,push` → one scope for each action. */
function singleActions(scope: string): string[] {
  const colon = scope.lastIndexOf(":");
  return scope
    .slice(colon + 1)
    .split(",")
    .map((action) => `${scope.slice(0, colon)}:${action}`);
}
