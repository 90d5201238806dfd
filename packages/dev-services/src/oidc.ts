import { createHash, sign, verify, type KeyObject } from "node:crypto";
import { json, parseJson } from "./json-answers.ts";
import type { Answer, Exchange } from "./loopback.ts";

/**
 * An OpenID provider: signs tokens, publishes its key, and hands out workflow tokens in the shape of a GitHub runner
 * (`GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…` with a bearer secret).
 */
export interface TokenIssuer {
  readonly issuer: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export type Claims = Readonly<Record<string, unknown>>;

const requestAudience = "token-request";
/** GitHub's tokens live about as long (actions/toolkit#2048). */
const lifetimeSeconds = 300;
const yearSeconds = 366 * 24 * 3600;

/** A signed token; `claims` may replace every standard claim, so that a test can have it expired or early. */
export function signToken(issuer: TokenIssuer, claims: Claims, validSeconds = lifetimeSeconds): string {
  const now = Math.floor(issuer.now());
  const standard = { iss: issuer.issuer, aud: "sigstore", iat: now, nbf: now - 5, exp: now + validSeconds };
  const signed = [
    { alg: "RS256", typ: "JWT", kid: keyIdOf(issuer.publicKey) },
    { ...standard, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${sign("sha256", Buffer.from(signed), issuer.privateKey).toString("base64url")}`;
}

/** The claims of a token of this issuer that is meant for `audience` and in force; undefined otherwise. */
export function readToken(issuer: TokenIssuer, token: string, audience: string): Claims | undefined {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify("sha256", signed, issuer.publicKey, Buffer.from(signature, "base64url"))) return undefined;
  const claims = parseJson(Buffer.from(payload, "base64url"));
  if (typeof claims !== "object" || claims === null) return undefined;
  const { iss, aud, exp, nbf } = claims as Claims;
  const now = issuer.now();
  const inForce = typeof exp === "number" && exp > now && (typeof nbf !== "number" || nbf <= now);
  return inForce && iss === issuer.issuer && [aud].flat().includes(audience) ? { ...claims } : undefined;
}

/** What a runner would set for a job that may ask for tokens with these claims. */
export function runnerEnvironment(issuer: TokenIssuer, claims: Claims): Record<string, string> {
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer.issuer}/oidc/token?api-version=2.0`,
    // The secret carries the job's claims, so that the service need not remember jobs.
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: signToken(issuer, { aud: requestAudience, claims }, yearSeconds),
  };
}

/** Discovery, keys, and tokens for runners; undefined for other paths. */
export function answerOidc(issuer: TokenIssuer, { method, path, query, headers }: Exchange): Answer | undefined {
  if (method !== "GET") return undefined;
  switch (path) {
    case "/.well-known/openid-configuration":
      return json(200, describeProvider(issuer));
    case "/.well-known/jwks":
      return json(200, { keys: [describeKey(issuer.publicKey)] });
    case "/oidc/token":
      return answerTokenRequest(issuer, headers["authorization"] ?? "", query.get("audience"));
    default:
      return undefined;
  }
}

function answerTokenRequest(issuer: TokenIssuer, authorization: string, audience: string | null): Answer {
  const request = readToken(issuer, authorization.replace(/^bearer /i, ""), requestAudience);
  if (request === undefined) return json(401, { message: "the request token is not valid" });
  const claims = { ...(request["claims"] as Claims), ...(audience === null ? {} : { aud: audience }) };
  return json(200, { value: signToken(issuer, claims) });
}

function describeProvider({ issuer }: TokenIssuer): unknown {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid"],
    claims_supported: ["sub", "aud", "exp", "iat", "iss", "email"],
  };
}

function describeKey(key: KeyObject): unknown {
  return { ...key.export({ format: "jwk" }), kid: keyIdOf(key), use: "sig", alg: "RS256" };
}

function keyIdOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 40);
}
