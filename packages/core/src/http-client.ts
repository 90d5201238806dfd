import type { HttpClient, HttpClientOptions } from "./http.ts";

/**
 * A client with its own connection pool (16 sockets an origin). Node's HTTP modules are loaded with the first request: they take
 * as long to load as Node itself takes to start, and most commands over local files never ask for them.
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  let transport: Promise<HttpClient> | undefined;
  return {
    request: async (url, request) => {
      transport ??= import("./http-transport.ts").then(({ openTransport }) => openTransport(options));
      return (await transport).request(url, request);
    },
    close: () => void transport?.then((opened) => opened.close()),
  };
}
