import { mkdir, rm } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { createHttpClient, defaultLimits, openStore, type Ports } from "@apkmill/core";
import { ActionError } from "./action-error.ts";
import { runnerLogger } from "./runner-log.ts";

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

/** A path that a workflow gave, made absolute; it may not leave the workspace. @throws ActionError ACTION_INPUT */
export function workspacePath(name: string, path: string): string {
  const { workspace, temp } = runnerFolders();
  const absolute = resolve(workspace, path);
  for (const root of [workspace, temp]) {
    const inside = relative(root, absolute);
    if (inside === "" || (!inside.startsWith("..") && !isAbsolute(inside))) return absolute;
  }
  throw new ActionError("ACTION_INPUT", `input ${name}: ${path} leads out of the workspace`, {
    hint: "name a path below the workspace or below RUNNER_TEMP",
  });
}

/** The store of this job, which the steps share and the Actions cache may save. */
export function storeFolder(): string {
  return join(runnerFolders().temp, "apkmill-store");
}

/** The outside world as a step has it. The caller closes `http`. */
export async function openRunnerPorts(): Promise<Ports> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      stop.abort(new Error(name));
    });
  const log = runnerLogger();
  return {
    http: createHttpClient({ env: process.env, log, signal: stop.signal }),
    store: await openStore(storeFolder()),
    log,
    limits: defaultLimits,
    now: () => Math.floor(Date.now() / 1000),
    env: process.env,
    signal: stop.signal,
  };
}

/** A folder for this step's own files; the post stage removes it. */
export async function stepFolder(name: string): Promise<string> {
  const folder = join(runnerFolders().temp, "apkmill", name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Removes what {@link stepFolder} made. */
export async function removeStepFolder(name: string): Promise<void> {
  await rm(join(runnerFolders().temp, "apkmill", name), { recursive: true, force: true });
}
