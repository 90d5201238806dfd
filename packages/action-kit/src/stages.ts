import { getState, saveState } from "@actions/core";
import { reportFailure } from "./report-failure.ts";

/**
 * One entry file serves both stages of an action: the runner calls it again, with the saved state, when the job ends.
 * The main stage fails the step; the post stage only warns, because cleaning up must not turn a good job bad.
 */
export async function runStages(stages: {
  readonly main: () => Promise<void>;
  readonly post?: () => Promise<void>;
}): Promise<void> {
  if (getState("main-ran") === "") {
    saveState("main-ran", "true");
    await stages.main().catch(reportFailure);
  } else {
    await stages.post?.().catch((failure: unknown) => {
      process.stdout.write(`::warning::cleaning up: ${failure instanceof Error ? failure.message : String(failure)}\n`);
    });
  }
}
