import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { isSystemError } from "./files.ts";
import { derivedPath } from "./store-places.ts";
import type { Scratch } from "./store-scratch.ts";
import { stamp } from "./store-stamp.ts";

/**
 * Bytes that were computed from something else and can be computed again: tables, not results. They are neither hashed nor
 * synced when they are kept, as that would cost more than they save; whoever reads them back must be able to see by the bytes
 * themselves that they are whole.
 */

/**
 * What was kept under `key`, or undefined; of a long one only the first `mostBytes`, where they are given. Synchronous, so that
 * a table need not be read before somebody looks into it.
 */
export function readDerived(root: string, kind: string, key: string, mostBytes?: number): Buffer | undefined {
  const path = derivedPath(root, kind, key);
  try {
    stamp(path);
    return mostBytes === undefined ? readFileSync(path) : readStart(path, mostBytes);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function readStart(path: string, mostBytes: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(mostBytes);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/** Keeps `pieces`, one behind the other, in place of what was there. Where the system refuses, they are computed again next time. */
export function writeDerived(
  root: string,
  scratch: Scratch,
  kind: string,
  key: string,
  pieces: readonly Uint8Array[],
): void {
  try {
    scratch.writePieces(derivedPath(root, kind, key), pieces);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
