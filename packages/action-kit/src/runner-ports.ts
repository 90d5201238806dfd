import { createHttpClient, defaultLimits, openStore, type Ports } from "@apkmill/core";
import { claimStore, storeFolder } from "./runner-folders.ts";
import { runnerLogger } from "./runner-log.ts";

/**
 * Runs `work` with the outside world as a step has it, and closes its connections afterwards. Only a step that `mayIdentify` itself
 * learns where the runner gives identity tokens.
 */
export async function withRunnerPorts<Result>(
  work: (ports: Ports) => Promise<Result>,
  { mayIdentify = false }: { readonly mayIdentify?: boolean } = {},
): Promise<Result> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      stop.abort(new Error(name));
    });
  const env = engineEnvironment(process.env, mayIdentify);
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

/** What the engine may know of the environment: not the inputs, which the action reads, nor the tokens of the runner's services. */
export function engineEnvironment(
  env: NodeJS.ProcessEnv,
  mayIdentify: boolean,
): Readonly<Record<string, string | undefined>> {
  const isHidden = (name: string): boolean => /^(INPUT_|STATE_|ACTIONS_|GITHUB_TOKEN$)/.test(name);
  const isIdentity = (name: string): boolean => mayIdentify && name.startsWith("ACTIONS_ID_TOKEN_REQUEST_");
  return Object.fromEntries(Object.entries(env).filter(([name]) => isIdentity(name) || !isHidden(name)));
}
