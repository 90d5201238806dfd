import { rmSync } from "node:fs";
import { compareBytes } from "./canonical-json.ts";
import { onStore } from "./store-error.ts";
import type { Scratch } from "./store-scratch.ts";
import { stampMs } from "./store-stamp.ts";
import { storeEntries, type StoreEntry, type StoreEntryKind } from "./store-walk.ts";

export interface PruneOptions {
  /** Entries that were not used for so long go. */
  readonly maxAgeSeconds?: number | undefined;
  /** Then those go that were not used for the longest time, until the rest is no larger. */
  readonly maxSizeBytes?: number | undefined;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Says what would go and removes nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface PruneResult {
  readonly removed: number;
  readonly removedBytes: number;
  readonly kept: number;
  readonly keptBytes: number;
  /** Of those kept, the ones that stay only because a running process may use them. */
  readonly inUse: number;
}

/**
 * Removes what was not used for long. What another process that uses the store now may have found since it began stays: processes say
 * in `tmp/` that they are there. An entry is used to the hour, so an hour more is kept.
 * @throws CoreError STORE_UNUSABLE
 */
export async function pruneStore(root: string, scratch: Scratch, options: PruneOptions): Promise<PruneResult> {
  const entries = await storeEntries(root);
  const since = (scratch.othersSince() ?? Infinity) - stampMs;
  const wanted = new Set(choose(entries, options));
  const removed = [...wanted].filter(({ usedMs }) => usedMs < since);
  if (options.dryRun !== true) {
    await onStore(root, "prune", () => {
      scratch.sweep();
      for (const { path } of removed) rmSync(path, { recursive: true, force: true });
    });
  }
  const removedBytes = sizeOf(removed);
  return {
    removed: removed.length,
    removedBytes,
    kept: entries.length - removed.length,
    keptBytes: sizeOf(entries) - removedBytes,
    inUse: wanted.size - removed.length,
  };
}

/** Oldest first; at one time blobs before the facts that lead to them, which take no room to speak of, and then by path. */
function choose(entries: readonly StoreEntry[], { maxAgeSeconds, maxSizeBytes, now }: PruneOptions): StoreEntry[] {
  const byAge = [...entries].sort(
    (a, b) => a.usedMs - b.usedMs || compareBytes(a.kind, b.kind) || compareBytes(a.path, b.path),
  );
  const oldestMs = maxAgeSeconds === undefined ? -Infinity : (now - maxAgeSeconds) * 1000;
  let stayingBytes = sizeOf(entries);
  return byAge.filter(({ usedMs, sizeBytes }) => {
    if (usedMs >= oldestMs && stayingBytes <= (maxSizeBytes ?? Infinity)) return false;
    stayingBytes -= sizeBytes;
    return true;
  });
}

const sizeOf = (entries: readonly StoreEntry[]): number =>
  entries.reduce((total, { sizeBytes }) => total + sizeBytes, 0);

export interface StoreUsage {
  readonly root: string;
  readonly sizeBytes: number;
  readonly kinds: Readonly<Record<StoreEntryKind, { readonly entries: number; readonly sizeBytes: number }>>;
  /** Seconds since the epoch, to the hour; undefined for an empty store. */
  readonly oldestUse: number | undefined;
}

/** What the store holds. */
export async function describeStore(root: string): Promise<StoreUsage> {
  const entries = await storeEntries(root);
  const of = (kind: StoreEntryKind): { entries: number; sizeBytes: number } => {
    const some = entries.filter((entry) => entry.kind === kind);
    return { entries: some.length, sizeBytes: sizeOf(some) };
  };
  const oldestMs = entries.reduce((oldest, { usedMs }) => Math.min(oldest, usedMs), Infinity);
  return {
    root,
    sizeBytes: sizeOf(entries),
    kinds: { blob: of("blob"), fact: of("fact"), derived: of("derived") },
    oldestUse: entries.length === 0 ? undefined : Math.floor(oldestMs / 1000),
  };
}
