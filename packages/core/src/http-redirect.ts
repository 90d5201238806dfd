import { CoreError } from "./core-error.ts";
import type { HttpClientOptions, HttpRequestOptions, HttpResponse } from "./http.ts";
import { requestOnce, type Agents } from "./http-exchange.ts";

const maxRedirects = 10;

/**
 * Sends a request and follows where it is sent. Credentials stay behind as soon as the origin changes, and nothing leads from https
 * to http. @throws CoreError HTTP_REDIRECT, HTTP_BAD_URL
 */
export async function requestFollowing(
  url: string,
  request: HttpRequestOptions,
  client: HttpClientOptions,
  agents: Agents,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  let target = parseUrl(url);
  let headers: Record<string, string> = {
    "user-agent": client.userAgent ?? "apkmill",
    ...lowerCaseKeys(request.headers ?? {}),
  };
  if (target.username !== "" && headers["authorization"] === undefined) {
    const userinfo = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
    headers["authorization"] = `Basic ${Buffer.from(userinfo).toString("base64")}`;
  }
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await requestOnce(target, request, headers, agents, signal);
    const location = response.headers["location"];
    if (request.redirect === "manual" || location === undefined || ![301, 302, 303, 307, 308].includes(response.status))
      return response;
    await response.drain();
    const next = parseUrl(new URL(location, target).href);
    if (target.protocol === "https:" && next.protocol !== "https:") {
      throw new CoreError("HTTP_REDIRECT", `${url} redirects from https to ${next.protocol}//, refused`, {
        kind: "remote",
        context: { url },
      });
    }
    if (next.origin !== target.origin) headers = withoutCredentials(headers);
    target = next;
  }
  throw new CoreError("HTTP_REDIRECT", `${url}: more than ${String(maxRedirects)} redirects`, {
    kind: "remote",
    context: { url },
  });
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    throw new CoreError("HTTP_BAD_URL", `not an http or https address: ${url}`, { context: { url } });
  }
  return parsed;
}

function lowerCaseKeys(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !["authorization", "cookie", "proxy-authorization"].includes(name)),
  );
}
