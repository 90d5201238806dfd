import { closeSync, fsyncSync, openSync, readSync } from "node:fs";
import type { Limits } from "@apkmill/core";
import { createDataSection } from "../data-section.ts";

/** A data section that lies in a file, and what it must be. Plain data: it goes to other threads. */
export interface UnpackRequest {
  readonly path: string;
  /** In hex. */
  readonly dataHash: string;
  /** Names the package in messages. */
  readonly what: string;
  readonly limits: Limits;
}

/** What came of it. */
export interface Unpacked {
  /** The JSON of the section's facts, as the store keeps it: text is what threads hand over fast. */
  readonly facts: string;
  /** The file is on disk. */
  readonly isSynced: boolean;
}

const chunkBytes = 1 << 17;

/**
 * Reads a data section to its end in this thread, chunk by chunk; who has other work looks after it between them.
 * @param sync called with the open file when it is what it should be
 * @throws ApkError APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, APK_UNSAFE_PATH · CoreError LIMIT_EXCEEDED
 */
function* unpackFile(
  { path, dataHash, what, limits }: UnpackRequest,
  sync: (file: number) => boolean,
): Generator<void, Unpacked> {
  const section = createDataSection({ dataHash, what, limits });
  const file = openSync(path, "r");
  const chunk = Buffer.allocUnsafe(chunkBytes);
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      section.push(chunk.subarray(0, read));
      yield;
    }
    return { facts: section.end().facts, isSynced: sync(file) };
  } finally {
    section.close();
    closeSync(file);
  }
}

/** Reads it without a stop, and waits for the disk: for a thread that has nothing else to do. @throws what {@link unpackFile} throws */
export function unpackAtOnce(request: UnpackRequest): Unpacked {
  const steps = unpackFile(request, trySync);
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

/** Where the disk refuses, whoever keeps the file will hear of it. */
function trySync(file: number): boolean {
  try {
    fsyncSync(file);
    return true;
  } catch {
    return false;
  }
}

/** Reads it with room for everything else that waits for this thread between any two chunks. @throws what {@link unpackFile} throws */
export async function unpackBetween(request: UnpackRequest): Promise<Unpacked> {
  const steps = unpackFile(request, () => false);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
