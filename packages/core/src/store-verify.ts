import { linkSync, renameSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { digestFromHex, type Digest } from "./digest.ts";
import { isSystemError } from "./files.ts";
import { readDerived } from "./store-derived.ts";
import { readFact } from "./store-facts.ts";
import { isFolder, lookAt, removeFolder } from "./store-look.ts";
import type { Scratch } from "./store-scratch.ts";
import { sealWhenGood } from "./store-seal.ts";
import { storeEntries, type StoreEntry } from "./store-walk.ts";

export interface VerifyOptions {
  /** Says what would go and removes nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface StoreVerdict {
  /** Blobs and facts looked at. */
  readonly checked: number;
  readonly checkedBytes: number;
  /**
   * Digests of blobs, and paths of anything else, that were not what they must be in their place; they are removed where the store can be
   * written.
   */
  readonly damaged: readonly string[];
  /** Files that processes which died had not finished, removed. */
  readonly leftovers: number;
}

/**
 * Hashes every blob and fact again, whatever their seals say; removes what is damaged and what dead processes left. Of tables it
 * can be seen only whether they stand in their own place.
 */
export async function verifyStore(
  root: string,
  scratch: Scratch,
  { dryRun = false }: VerifyOptions,
): Promise<StoreVerdict> {
  const leftovers = quietly(() => scratch.sweep({ dryRun })) ?? 0;
  const damaged: string[] = [];
  const entries = await storeEntries(root);
  for (const entry of entries) {
    // What has been pruned or replaced since it was listed is not what was found wrong.
    if ((await isGood(entry)) || lookAt(entry.path)?.ino !== entry.ino) continue;
    damaged.push(blobDigest(entry) ?? entry.path);
    if (dryRun) continue;
    quietly(() => {
      removeDamaged(entry, scratch);
    });
  }
  const checked = entries.filter(({ kind }) => kind !== "derived");
  const checkedBytes = checked.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  return { checked: checked.length, checkedBytes, damaged, leftovers };
}

/** True for an entry that is what its place says; such a blob is sealed. */
async function isGood(entry: StoreEntry): Promise<boolean> {
  const { kind, path, usedMs } = entry;
  if (kind === "fact") return readFact(path) !== undefined;
  if (kind === "derived") return readDerived(path, 0) !== undefined;
  const digest = blobDigest(entry);
  return digest !== undefined && (await sealWhenGood(path, digest, usedMs));
}

/** The digest that a blob is named by; undefined for other entries, and for what has no blob's name. */
function blobDigest({ kind, path }: StoreEntry): Digest | undefined {
  const hex = basename(path);
  return kind === "blob" && /^[0-9a-f]{64}$/.test(hex) ? digestFromHex(hex) : undefined;
}

/** Another process may have put a good file in this place since the bad one was read: that one goes back. */
function removeDamaged({ path, ino }: StoreEntry, scratch: Scratch): void {
  if (isFolder(path)) {
    removeFolder(path);
    return;
  }
  const aside = scratch.newPath();
  renameSync(path, aside);
  if (lookAt(aside)?.ino !== ino) linkSync(aside, path);
  rmSync(aside, { force: true });
}

/** Does what a store that can only be read does not allow. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}
