import type { HttpResponse, Ports } from "@apkmill/core";
import type { Challenge } from "./auth-challenge.ts";
import type { Credentials } from "./auth-config.ts";
import { OciError } from "./oci-error.ts";
import { resolveTarget, type RegistryEndpoint } from "./registry-targets.ts";

const maxAnswerBytes = 64 * 1024;
/** distribution's token specification: a token without `expires_in` lives 60 seconds. */
const defaultLifetimeSeconds = 60;

export interface BearerToken {
  readonly token: string;
  /** Four fifths of its life, in seconds since the epoch by our own clock: the issuer's may be off. */
  readonly renewAt: number;
}

/**
 * Gets a bearer token from the realm of a challenge (distribution: "Token Authentication Specification"), for `scopes`
 * in their order: some registries read only the first. A refresh token is posted as OAuth2; where the realm does not
 * know that (404, 405), the same secret is sent as a password.
 * @throws OciError REGISTRY_UNSAFE_TARGET, REGISTRY_DENIED, REGISTRY_MALFORMED_ANSWER
 */
export async function fetchToken(
  ports: Pick<Ports, "http" | "now">,
  endpoint: RegistryEndpoint,
  challenge: Challenge,
  scopes: readonly string[],
  credentials: Credentials,
): Promise<BearerToken> {
  const realm = resolveTarget(endpoint, "token realm", challenge.parameters.get("realm") ?? "", endpoint.origin);
  const service = challenge.parameters.get("service");
  const askedAt = ports.now();
  const posted =
    credentials.kind === "identity" ? await postGrant(ports, realm, service, scopes, credentials.token) : undefined;
  const response = posted ?? (await getToken(ports, realm, service, scopes, credentials));
  return readToken(response, realm, endpoint, askedAt);
}

async function postGrant(
  { http }: Pick<Ports, "http">,
  realm: URL,
  service: string | undefined,
  scopes: readonly string[],
  refreshToken: string,
): Promise<HttpResponse | undefined> {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: "apkmill",
    ...(service === undefined ? {} : { service }),
    scope: scopes.join(" "),
    refresh_token: refreshToken,
  });
  const response = await http.request(realm.href, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: Buffer.from(form.toString()),
    redirect: "manual",
  });
  if (response.status !== 404 && response.status !== 405) return response;
  await response.drain();
  return undefined;
}

function getToken(
  { http }: Pick<Ports, "http">,
  realm: URL,
  service: string | undefined,
  scopes: readonly string[],
  credentials: Credentials,
): Promise<HttpResponse> {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const authorization = basicHeader(credentials);
  return http.request(url.href, {
    headers: { accept: "application/json", ...(authorization === undefined ? {} : { authorization }) },
    redirect: "manual",
  });
}

/** The `Authorization` value that shows a password; undefined when there is none to show. */
export function basicHeader(credentials: Credentials): string | undefined {
  const encode = (username: string, secret: string): string =>
    `Basic ${Buffer.from(`${username}:${secret}`).toString("base64")}`;
  switch (credentials.kind) {
    case "basic":
      return encode(credentials.username, credentials.password);
    case "identity":
      return encode(credentials.username === "" ? "<token>" : credentials.username, credentials.token);
    case "anonymous":
    case "bearer":
      return undefined;
  }
}

async function readToken(
  response: HttpResponse,
  realm: URL,
  endpoint: RegistryEndpoint,
  askedAt: number,
): Promise<BearerToken> {
  const place = `${realm.origin}${realm.pathname}`;
  if (response.status !== 200) {
    await response.drain();
    throw new OciError(
      "REGISTRY_DENIED",
      `asking ${place} for a token: expected 200, found ${String(response.status)}`,
      {
        kind: "remote",
        hint: `check the user name and password for ${endpoint.origin}`,
        context: { url: place },
      },
    );
  }
  const answer = parseAnswer(await response.bytes(maxAnswerBytes));
  if (answer === undefined) {
    throw new OciError("REGISTRY_MALFORMED_ANSWER", `asking ${place} for a token: expected JSON with a token`, {
      kind: "remote",
      context: { url: place },
    });
  }
  return { token: answer.token, renewAt: askedAt + 0.8 * answer.lifetimeSeconds };
}

function parseAnswer(bytes: Buffer): { readonly token: string; readonly lifetimeSeconds: number } | undefined {
  try {
    const answer = JSON.parse(bytes.toString("utf8")) as Record<string, unknown> | null;
    const token = answer?.["token"] ?? answer?.["access_token"];
    const lifetime = answer?.["expires_in"];
    // A line break in a token would end the header and begin another.
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) return undefined;
    return { token, lifetimeSeconds: typeof lifetime === "number" && lifetime > 0 ? lifetime : defaultLifetimeSeconds };
  } catch {
    return undefined;
  }
}
