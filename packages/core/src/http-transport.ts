import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { HttpClient, HttpClientOptions } from "./http.ts";
import { requestWithRetries } from "./http-retry.ts";

/** The connections of a client: what {@link HttpClient} promises, over sockets. */
export function openTransport(options: HttpClientOptions): HttpClient {
  const agentOptions = {
    keepAlive: true,
    maxSockets: 16,
    ...(options.env === undefined ? {} : { proxyEnv: { ...options.env } }),
  };
  const agents = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  return {
    request: (url, request = {}) => requestWithRetries(url, request, options, agents),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
