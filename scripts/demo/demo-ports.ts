import { createPublicKey } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SigningKey } from "@apkmill/apk";
import { createHttpClient, defaultLimits, lineLogger, openStore, writeFileAside, type Ports } from "@apkmill/core";
import { throwawayKey, throwawayKeyName } from "./throwaway-key.ts";

/** The outside world of the demo: the user's own store, warnings only. */
export async function openDemoPorts(signal = new AbortController().signal): Promise<Ports> {
  const log = lineLogger((line) => process.stderr.write(`${line}\n`), {
    level: process.env["APKMILL_LOG"] === "debug" ? "debug" : "warn",
  });
  return {
    http: createHttpClient({ env: process.env, log, signal }),
    store: await openStore(join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "apkmill")),
    log,
    limits: defaultLimits,
    now: () => Math.floor(Date.now() / 1000),
    env: process.env,
    signal,
  };
}

export interface DemoKey {
  readonly signing: SigningKey;
  /** File with the public half. */
  readonly publicPath: string;
}

/** The demo's key, with its public half written below `folder`. */
export async function demoKey(folder: string): Promise<DemoKey> {
  const key = throwawayKey();
  const name = `${throwawayKeyName}.pub`;
  const publicPath = join(folder, name);
  await writeFileAside(publicPath, createPublicKey(key).export({ type: "spki", format: "pem" }));
  return { signing: { name, key }, publicPath };
}
