import { isEngineError } from "@apkmill/core";

/** One broken input and what must become of it. */
export interface BrokenRow {
  readonly name: string;
  readonly bytes: () => Buffer;
  /** The code of the refusal, or "accepted" for what looks broken and is not. */
  readonly outcome: string;
}

/** "accepted", the code of an engine error, or how anything else was thrown. */
export async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "accepted";
  } catch (error) {
    return isEngineError(error) ? error.code : `uncoded: ${String(error)}`;
  }
}

/** True for an acceptance or a coded refusal: anything but a crash. */
export function isOrderly(outcome: string): boolean {
  return outcome === "accepted" || /^[A-Z]+(_[A-Z0-9]+)+$/.test(outcome);
}
