import {
  createHttpClient,
  defaultLimits,
  lineLogger,
  offlineHttpClient,
  openStore,
  withLimits,
  type LogLevel,
  type Ports,
} from "@apkmill/core";
import { defaultCacheDir } from "./global-options.ts";
import type { Shell } from "./shell.ts";

/** The outside world as the command line has it. */
export async function openPorts(
  shell: Shell,
  options: {
    readonly "cache-dir": string | undefined;
    readonly limit: readonly string[];
    readonly offline: boolean;
    readonly "ca-file": readonly string[];
    readonly "log-level": string;
    readonly "log-format": string;
  },
): Promise<Ports> {
  const log = lineLogger((line) => shell.stderr(`${line}\n`), {
    level: options["log-level"] as LogLevel,
    format: options["log-format"] as "text" | "json",
  });
  return {
    http: options.offline
      ? offlineHttpClient
      : createHttpClient({ env: shell.env, log, signal: shell.signal, caFiles: options["ca-file"] }),
    store: await openStore(options["cache-dir"] ?? defaultCacheDir(shell.env)),
    log,
    limits: withLimits(defaultLimits, options.limit),
    now: () => Math.floor(Date.now() / 1000),
    env: shell.env,
    signal: shell.signal,
  };
}
