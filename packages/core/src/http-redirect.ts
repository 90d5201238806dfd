import { CoreError } from "./core-error.ts";
import { redactUrl } from "./errors.ts";
import type { HttpRequestOptions, HttpResponse } from "./http.ts";
import { requestOnce, type Wire } from "./http-exchange.ts";

const maxRedirects = 10;

/**
 * Sends a request and follows where it is sent. Credentials stay behind as soon as the origin changes, and nothing leads from https
 * to http. @throws CoreError HTTP_REDIRECT, HTTP_BAD_URL
 */
export async function requestFollowing(
  url: string,
  request: HttpRequestOptions,
  wire: Wire,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  let target = parseUrl(url);
  let headers = firstHeaders(target, request, wire);
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await requestOnce(target, request, withAuthorization(headers, request, target), wire, signal);
    const location = response.headers["location"];
    if (request.redirect === "manual" || location === undefined || ![301, 302, 303, 307, 308].includes(response.status))
      return response;
    await response.drain();
    const next = nextTarget(url, target, location);
    if (next.origin !== target.origin) headers = withoutCredentials(headers);
    target = next;
  }
  throw refused(url, `more than ${String(maxRedirects)} redirects`);
}

function firstHeaders(
  target: URL,
  { headers = {}, authorize }: HttpRequestOptions,
  wire: Wire,
): Record<string, string> {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const userinfo = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
  const isNamed = target.username !== "" && given["authorization"] === undefined && authorize === undefined;
  return {
    "user-agent": wire.userAgent,
    ...given,
    ...(isNamed ? { authorization: `Basic ${Buffer.from(userinfo).toString("base64")}` } : {}),
  };
}

function withAuthorization(
  headers: Record<string, string>,
  { authorize }: HttpRequestOptions,
  target: URL,
): Record<string, string> {
  const authorization = authorize?.(target);
  return authorization === undefined ? headers : { ...headers, authorization };
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !isWeb(parsed)) {
    throw new CoreError("HTTP_BAD_URL", `not an http or https address: ${url}`, { context: { url } });
  }
  return parsed;
}

function nextTarget(url: string, target: URL, location: string): URL {
  const next = URL.parse(location, target.href);
  if (next === null || !isWeb(next))
    throw refused(url, `redirects to ${JSON.stringify(redactUrl(location)).slice(0, 200)}`);
  if (target.protocol === "https:" && next.protocol !== "https:") throw refused(url, "redirects from https to http");
  return next;
}

const isWeb = ({ protocol }: URL): boolean => protocol === "http:" || protocol === "https:";

function refused(url: string, what: string): CoreError {
  return new CoreError("HTTP_REDIRECT", `${redactUrl(url)} ${what}, refused`, { kind: "remote", context: { url } });
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !["authorization", "cookie", "proxy-authorization"].includes(name)),
  );
}
