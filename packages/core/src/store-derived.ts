import { readFileSync, readSync } from "node:fs";
import { digestOf, hexOf } from "./digest.ts";
import { isSystemError } from "./files.ts";
import { derivedPath, placeOf } from "./store-places.ts";
import type { Scratch } from "./store-scratch.ts";
import { readStamped } from "./store-stamp.ts";

/**
 * Bytes that were computed from something else and can be computed again: tables, not results. They are neither hashed nor
 * synced when they are kept, as that would cost more than they save; whoever reads them back must be able to see by the bytes
 * themselves that they are whole. The file begins with the SHA-256 of its own place, so that the table of another key reads as absent.
 */

/** A multiple of what columns of numbers are aligned to. */
const headBytes = 32;

/**
 * What was kept in the file of a table, or undefined; of a long one only the first `mostBytes`, where they are given. Synchronous, so
 * that a table need not be read before somebody looks into it.
 */
export function readDerived(path: string, mostBytes?: number): Buffer | undefined {
  const bytes = readStamped(path, (file) =>
    mostBytes === undefined ? readFileSync(file) : readStart(file, headBytes + mostBytes),
  );
  return bytes?.subarray(0, headBytes).equals(headOf(path)) === true ? bytes.subarray(headBytes) : undefined;
}

function headOf(path: string): Buffer {
  return Buffer.from(hexOf(digestOf(placeOf(path))), "hex");
}

function readStart(file: number, mostBytes: number): Buffer {
  const bytes = Buffer.alloc(mostBytes);
  return bytes.subarray(0, readSync(file, bytes));
}

/** Keeps `pieces`, one behind the other, in place of what was there. Where the system refuses, they are computed again next time. */
export function writeDerived(
  root: string,
  scratch: Scratch,
  kind: string,
  key: string,
  pieces: readonly Uint8Array[],
): void {
  const path = derivedPath(root, kind, key);
  try {
    scratch.writePieces(path, [headOf(path), ...pieces]);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
