import { saveState, getState, info } from "@actions/core";
import { storeFolder } from "./runner.ts";

/**
 * The Actions cache keeps the store between runs. What it gives back is not trusted: inodes and times differ after a restore,
 * so every seal is broken and each blob is hashed again before it is used.
 */
export type CacheMode = "auto" | "read" | "off";

/**
 * Restores the store under `key`, or the newest under one of its prefixes. Returns whether the very key was found.
 * A cache that is missing, denied or broken never fails a step.
 */
export async function restoreStore(mode: CacheMode, key: string, prefixes: readonly string[]): Promise<boolean> {
  if (mode === "off") return false;
  const { isFeatureAvailable, restoreCache } = await import("./cache-client.ts");
  if (!isFeatureAvailable()) return false;
  const found = await restoreCache([storeFolder()], key, [...prefixes]);
  if (mode === "auto" && found !== key) saveState("cache-key", key);
  info(found === undefined ? `no cached store for ${key}` : `restored the store of ${found}`);
  return found === key;
}

/** Saves the store if {@link restoreStore} found that its key is new. For the post stage of a step that succeeded. */
export async function saveStore(): Promise<void> {
  const key = getState("cache-key");
  if (key === "") return;
  const { saveCache } = await import("./cache-client.ts");
  const id = await saveCache([storeFolder()], key);
  info(id === -1 ? `the store was not saved as ${key}` : `saved the store as ${key}`);
}
