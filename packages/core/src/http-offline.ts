import { CoreError } from "./core-error.ts";
import { redactUrl } from "./errors.ts";
import type { HttpClient } from "./http.ts";

/** A client that refuses every request with HTTP_OFFLINE: who can do without the network catches that, all others end. */
export const offlineHttpClient: HttpClient = {
  request: (url, { method = "GET" } = {}) =>
    Promise.reject(
      new CoreError("HTTP_OFFLINE", `${method} ${redactUrl(url)}: refused, as --offline is given`, {
        hint: "leave out --offline",
        context: { url },
      }),
    ),
  close: () => undefined,
};
