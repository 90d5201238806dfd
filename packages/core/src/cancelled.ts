import { CoreError } from "./core-error.ts";

/** Ends what goes on when the user has asked for it; `what` is it, such as `writing a layer`. @throws CoreError CANCELLED */
export function requireGoing(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw new CoreError("CANCELLED", `${what}: cancelled`, { cause: signal.reason });
}
