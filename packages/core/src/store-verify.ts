import { linkSync, renameSync, rmSync, statSync } from "node:fs";
import { basename } from "node:path";
import { digestFromHex } from "./digest.ts";
import { isSystemError } from "./files.ts";
import { readFact } from "./store-facts.ts";
import type { Scratch } from "./store-scratch.ts";
import { lookAt, sealWhenGood } from "./store-seal.ts";
import { storeEntries } from "./store-walk.ts";

export interface StoreVerdict {
  /** Blobs and facts looked at. */
  readonly checked: number;
  readonly checkedBytes: number;
  /** Digests of blobs and paths of facts that were not what they must be; they are removed where the store can be written. */
  readonly damaged: readonly string[];
  /** Files of processes that died, removed. */
  readonly leftovers: number;
}

/** Hashes every blob and fact again, whatever their seals say; removes what is damaged and what dead processes left. */
export async function verifyStore(root: string, scratch: Scratch): Promise<StoreVerdict> {
  const leftovers = quietly(() => scratch.sweep()) ?? 0;
  const damaged: string[] = [];
  let checked = 0;
  let checkedBytes = 0;
  for (const { kind, path, sizeBytes, usedMs } of await storeEntries(root)) {
    if (kind === "derived") continue;
    checked += 1;
    checkedBytes += sizeBytes;
    const fault = kind === "blob" ? await blobFault(path, usedMs, scratch) : factFault(path);
    if (fault !== undefined) damaged.push(fault);
  }
  return { checked, checkedBytes, damaged, leftovers };
}

/** The digest of a blob that is not what its name says, or the path of a file that has no blob's name; a good one is sealed. */
async function blobFault(path: string, usedMs: number, scratch: Scratch): Promise<string | undefined> {
  const hex = basename(path);
  const digest = /^[0-9a-f]{64}$/.test(hex) ? digestFromHex(hex) : undefined;
  const inode = lookAt(path)?.ino;
  // Pruned since it was listed.
  if (inode === undefined) return undefined;
  if (digest !== undefined && (await sealWhenGood(path, digest, usedMs))) return undefined;
  quietly(() => {
    removeDamaged(path, inode, scratch);
  });
  return digest ?? path;
}

/** Another process may have put a good blob in this place since the bad one was hashed: that one goes back. */
function removeDamaged(path: string, inode: number, scratch: Scratch): void {
  const aside = scratch.newPath();
  renameSync(path, aside);
  if (statSync(aside).ino !== inode) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function factFault(path: string): string | undefined {
  if (readFact(path) !== undefined || lookAt(path) === undefined) return undefined;
  quietly(() => {
    rmSync(path, { force: true });
  });
  return path;
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
