import { createHttpClient, defaultLimits, openStore, type Ports } from "@apkmill/core";
import { claimStore, storeFolder } from "./runner-folders.ts";
import { runnerLogger } from "./runner-log.ts";

/** Runs `work` with the outside world as a step has it, and closes its connections afterwards. */
export async function withRunnerPorts<Result>(work: (ports: Ports) => Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      stop.abort(new Error(name));
    });
  const env = engineEnvironment(process.env);
  const log = runnerLogger();
  await claimStore();
  const http = createHttpClient({ env, log, signal: stop.signal });
  try {
    return await work({
      http,
      store: await openStore(storeFolder()),
      log,
      limits: defaultLimits,
      now: () => Math.floor(Date.now() / 1000),
      env,
      signal: stop.signal,
    });
  } finally {
    http.close();
  }
}

/**
 * What the engine may know of the environment: not the inputs, which the action reads, nor the tokens of the runner's own services.
 * The identity token's address stays; only publishing asks for it, and GitHub gives it only to jobs that may.
 */
export function engineEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> {
  const hidden = /^(INPUT_|STATE_|ACTIONS_RUNTIME_|ACTIONS_RESULTS_|ACTIONS_CACHE_|GITHUB_TOKEN$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.test(name)));
}
