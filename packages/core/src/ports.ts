import type { HttpClient } from "./http.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "./log.ts";
import type { Store } from "./store.ts";

/** What the engine needs from the outside world; made by the shell (CLI, action, test) and passed in. */
export interface Ports {
  readonly http: HttpClient;
  readonly store: Store;
  readonly log: Logger;
  readonly limits: Limits;
  /** Seconds since the epoch; only for facts that are allowed to differ between runs (durations, validity). */
  readonly now: () => number;
  /** The environment that the user gave; the engine never reads `process.env` itself. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}
