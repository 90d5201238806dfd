import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { getState, saveState } from "@actions/core";
import { pathExists } from "@apkmill/core";
import { ActionError } from "./action-error.ts";

/** The folders of a runner. @throws ActionError ACTION_ENVIRONMENT outside a runner */
export function runnerFolders(env: NodeJS.ProcessEnv = process.env): {
  readonly workspace: string;
  readonly temp: string;
} {
  const workspace = env["GITHUB_WORKSPACE"];
  const temp = env["RUNNER_TEMP"];
  if (workspace === undefined || temp === undefined) {
    throw new ActionError("ACTION_ENVIRONMENT", "GITHUB_WORKSPACE and RUNNER_TEMP are not set", {
      hint: "run this action as a step of a workflow; on a laptop, use the apkmill command line",
    });
  }
  return { workspace, temp };
}

/** The store of this job, which its steps share. */
export function storeFolder(): string {
  return join(runnerFolders().temp, "apkmill-store");
}

/**
 * Says whether this step is the first of the job to use the store, and then notes that it must remove it in the post stage: those run
 * backwards, so the first step is the last to need it.
 */
export async function claimStore(): Promise<boolean> {
  if (await pathExists(storeFolder())) return false;
  saveState("made-store", "true");
  return true;
}

/** A new folder for what this step puts out; later steps read it, and the runner empties its temporary folder after the job. */
export async function outputFolder(name: string): Promise<string> {
  const { temp } = runnerFolders();
  await mkdir(temp, { recursive: true });
  return mkdtemp(join(temp, `apkmill-${name}-`));
}

/** A new folder for this step alone, which nobody else may read; {@link removeStepFolder} removes it in the post stage. */
export async function stepFolder(): Promise<string> {
  const folder = await outputFolder("step");
  saveState("step-folder", folder);
  return folder;
}

/** Removes what {@link stepFolder} made in the main stage. */
export async function removeStepFolder(): Promise<void> {
  const folder = getState("step-folder");
  if (folder !== "") await rm(folder, { recursive: true, force: true });
}
