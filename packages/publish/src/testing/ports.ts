import { createHttpClient, defaultLimits, lineLogger, openStore, type Ports } from "@apkmill/core";

/** Ports with nothing of this machine's environment, and the log lines that went through them. */
export async function openTestPorts(
  directory: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ports & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const log = lineLogger((line) => lines.push(line), { level: "debug" });
  return {
    http: createHttpClient({ log, random: () => 0 }),
    store: await openStore(`${directory}/store`),
    log,
    lines,
    limits: defaultLimits,
    now: () => Date.now() / 1000,
    env,
    signal: new AbortController().signal,
  };
}
