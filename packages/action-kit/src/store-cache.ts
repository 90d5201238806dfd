import { rm } from "node:fs/promises";
import { arch, platform } from "node:os";
import { getState, info, saveState } from "@actions/core";
import { canonicalJson, digestOf, distrustStore, hexOf, reasonOf } from "@apkmill/core";
import { claimStore, storeFolder } from "./runner-folders.ts";
import { didMainSucceed } from "./stages.ts";

/**
 * The Actions cache keeps the store between runs. What it gives back is not trusted: each blob is hashed again before
 * it is used.
 */
export type CacheMode = "auto" | "read" | "off";

export const cacheModes: readonly CacheMode[] = ["auto", "read", "off"];

/** Raised when the store's layout changes. */
const generation = 2;

export interface StoreKey {
  readonly key: string;
  /** What an older store that still helps may be called. */
  readonly prefix: string;
}

/** The cache key of a step of `kind` (the action's verb) that depends on `input`. */
export function storeKey(kind: string, input: unknown): StoreKey {
  const prefix = `apkmill-${kind}-${String(generation)}-${platform()}-${arch()}-`;
  return { key: `${prefix}${hexOf(digestOf(canonicalJson(input))).slice(0, 32)}`, prefix };
}

/**
 * Fills the store from the cache: under the very key, or else from the newest of its kind. Returns whether the very key was there.
 * A store that an earlier step of the job filled is left as it is. A cache that is missing, denied or broken never fails a step.
 */
export async function restoreStore(mode: CacheMode, { key, prefix }: StoreKey): Promise<boolean> {
  const folder = storeFolder();
  const isFilled = !(await claimStore());
  if (mode === "off") return false;
  const found = await lookUp(folder, key, prefix, isFilled);
  if (mode === "auto" && found !== key) saveState("cache-key", key);
  if (!isFilled) info(found === undefined ? `no cached store for ${key}` : `restored the store of ${found}`);
  return found === key;
}

async function lookUp(folder: string, key: string, prefix: string, isFilled: boolean): Promise<string | undefined> {
  const { isFeatureAvailable, restoreCache } = await import("./cache-client.ts");
  if (!isFeatureAvailable()) return undefined;
  try {
    if (isFilled) return await restoreCache([folder], key, [], { lookupOnly: true });
    return await restoreCache([folder], key, [prefix]);
  } catch (failure) {
    info(`the cache gives nothing: ${reasonOf(failure)}`);
    return undefined;
  } finally {
    if (!isFilled) await distrustStore(folder);
  }
}

/** In the post stage: saves the store when the main stage succeeded and the cache did not have its key. */
export async function saveStore(): Promise<void> {
  const key = getState("cache-key");
  if (key === "" || !didMainSucceed()) return;
  const { isFeatureAvailable, saveCache } = await import("./cache-client.ts");
  if (!isFeatureAvailable()) return;
  const id = await saveCache([storeFolder()], key);
  info(id === -1 ? `the store was not saved as ${key}` : `saved the store as ${key}`);
}

/** In the post stage: removes the store that {@link claimStore} saw this step make. */
export async function removeStore(): Promise<void> {
  if (getState("made-store") === "true") await rm(storeFolder(), { recursive: true, force: true });
}
