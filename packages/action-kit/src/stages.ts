import { getState, saveState } from "@actions/core";
import { reportFailure } from "./report-failure.ts";

/**
 * One entry file serves both stages of an action: the runner calls it again, with the saved state, when the job ends.
 * The main stage fails the step; the post stage only warns, because cleaning up must not turn a good job bad.
 */
export async function runStages(stages: {
  readonly main: () => Promise<void>;
  /** Each is tried, also after a failed main stage and after one that failed itself. */
  readonly post?: readonly (() => Promise<void>)[];
}): Promise<void> {
  if (getState("main-ran") === "") await runMain(stages.main);
  else for (const clean of stages.post ?? []) await clean().catch(warnOf);
}

async function runMain(main: () => Promise<void>): Promise<void> {
  saveState("main-ran", "true");
  try {
    await main();
    saveState("main-succeeded", "true");
  } catch (failure) {
    reportFailure(failure);
  }
}

/** In the post stage: whether the main stage did what it was to do. */
export function didMainSucceed(): boolean {
  return getState("main-succeeded") === "true";
}

function warnOf(failure: unknown): void {
  const [line = ""] = (failure instanceof Error ? failure.message : String(failure)).split("\n");
  process.stdout.write(`::warning::cleaning up: ${line}\n`);
}
