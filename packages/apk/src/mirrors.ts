import { isEngineError, type Logger } from "@apkmill/core";
import type { Place } from "./location.ts";

/** What a place gave, and which place it was. */
export interface Served<T> {
  readonly place: Place;
  readonly value: T;
}

/**
 * What the first place gives that does not fail; each failure before that is a warning. When all fail, the last failure is thrown.
 * What would fail anywhere (a cancelled run, a limit, a wrong option) is thrown at once.
 */
export async function firstThatServes<T>(
  log: Logger,
  places: readonly Place[],
  work: (place: Place) => Promise<T>,
): Promise<Served<T>> {
  for (const [position, place] of places.entries()) {
    try {
      return { place, value: await work(place) };
    } catch (error) {
      if (position === places.length - 1 || !isOfPlace(error)) throw error;
      log.warn(`${error.message}: trying the next mirror`);
    }
  }
  throw new Error("a location has at least one place");
}

/** True for failures that another mirror may not have: of the network, and of what a server sent. */
function isOfPlace(error: unknown): error is Error {
  if (!isEngineError(error)) return false;
  return /^(HTTP_(?!PROXY|CA|OFFLINE|BAD_URL)|INDEX_|APK_|REPOSITORY_OFFLINE$|(FILE_UNREADABLE|LIMIT_EXCEEDED)$)/.test(error.code);
}
