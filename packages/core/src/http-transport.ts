import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { HttpClient, HttpClientOptions } from "./http.ts";
import type { Wire } from "./http-exchange.ts";
import { readProxies } from "./http-proxy.ts";
import { resumable } from "./http-resume.ts";
import { requestWithRetries } from "./http-retry.ts";
import { defaultTiming } from "./http-timing.ts";
import { loadAuthorities } from "./http-trust.ts";

/** Connections to one origin at once. */
const maxSockets = 16;

/** The connections of a client: what {@link HttpClient} promises, over sockets. */
export function openTransport(options: HttpClientOptions): HttpClient {
  const connections = openConnections(options);
  const wire: Wire = {
    agentFor: connections.agentFor,
    timing: { ...defaultTiming, ...options.timing },
    random: options.random ?? Math.random,
    userAgent: options.userAgent ?? "apkmill",
    signal: options.signal,
    log: options.log,
  };
  return {
    request: async (url, request = {}) => {
      const response = await requestWithRetries(url, request, wire);
      const goesOn = request.resume === true && (request.method ?? "GET") === "GET" && response.status === 200;
      const mayRepeat = (request.retryBudgetMs ?? wire.timing.retryBudgetMs) > 0;
      return goesOn && mayRepeat ? resumable(response, { url, request, wire }) : response;
    },
    close: connections.close,
  };
}

/** Pools by scheme and way, each made when the first request needs it: authorities are read for https only. */
function openConnections({
  env = {},
  caFiles = [],
}: HttpClientOptions): Pick<Wire, "agentFor"> & { readonly close: () => void } {
  const proxies = readProxies(env);
  const pools = new Map<string, Promise<HttpAgent>>();
  return {
    agentFor: async (target) => {
      const proxyEnv = proxies.bypasses(target) ? undefined : proxies.proxyEnv;
      const name = `${target.protocol}${proxyEnv === undefined ? "direct" : "proxy"}`;
      const known = pools.get(name);
      if (known !== undefined) return known;
      const common = { keepAlive: true, maxSockets, ...(proxyEnv === undefined ? {} : { proxyEnv }) };
      const pool =
        target.protocol === "https:"
          ? loadAuthorities(env, caFiles).then((ca) => httpsPool(common, ca))
          : Promise.resolve(new HttpAgent(common));
      pools.set(name, pool);
      return pool;
    },
    close: () => {
      for (const pool of pools.values()) void pool.then((agent) => agent.destroy()).catch(() => undefined);
    },
  };
}

function httpsPool(common: ConstructorParameters<typeof HttpAgent>[0], ca: string[] | undefined): HttpsAgent {
  return new HttpsAgent({ ...common, ...(ca === undefined ? {} : { ca }) });
}
