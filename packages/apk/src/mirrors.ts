import { isEngineError, type HttpClient, type Ports } from "@apkmill/core";
import type { Place } from "./location.ts";

/** What a place gave, and which place it was. */
export interface Served<T> {
  readonly place: Place;
  readonly value: T;
}

/** Waiting for a mirror makes no sense for long while another one may serve. */
const hurry = { retryBudgetMs: 5_000, idleTimeoutMs: 15_000 };

/**
 * What the first place gives that does not fail; each failure before that is a warning. When all fail, the last failure is thrown.
 * What would fail anywhere (a cancelled run, a wrong option) is thrown at once. Only the last place is waited for with patience.
 */
export async function firstThatServes<T, P extends Pick<Ports, "http" | "log">>(
  ports: P,
  places: readonly Place[],
  work: (place: Place, ports: P) => Promise<T>,
): Promise<Served<T>> {
  for (const [position, place] of places.entries()) {
    const isLast = position === places.length - 1;
    try {
      return { place, value: await work(place, isLast ? ports : { ...ports, http: inHurry(ports.http) }) };
    } catch (error) {
      if (isLast || !isOfPlace(error)) throw error;
      ports.log.warn(`${error.message}: trying the next mirror`);
    }
  }
  throw new Error("a location has at least one place");
}

function inHurry(http: HttpClient): HttpClient {
  return { ...http, request: (url, options) => http.request(url, { ...hurry, ...options }) };
}

/** True for failures that another mirror may not have: of the network, and of what a server sent. */
function isOfPlace(error: unknown): error is Error {
  if (!isEngineError(error)) return false;
  return /^(HTTP_(?!PROXY|CA|OFFLINE|BAD_URL)|INDEX_|APK_|REPOSITORY_OFFLINE$|(FILE_UNREADABLE|LIMIT_EXCEEDED)$)/.test(
    error.code,
  );
}
