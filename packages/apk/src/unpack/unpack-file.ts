import { closeSync, openSync, readSync } from "node:fs";
import type { Limits } from "@apkmill/core";
import { encodeDataFacts } from "../data-facts.ts";
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

const chunkBytes = 1 << 17;

/**
 * Reads a data section to its end in this thread, chunk by chunk; who has other work looks after it between them. What comes
 * at the end is the JSON of the section's facts, as the store keeps it: text is what threads hand over fast.
 * @throws ApkError APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, APK_UNSAFE_PATH · CoreError LIMIT_EXCEEDED
 */
export function* unpackFile({ path, dataHash, what, limits }: UnpackRequest): Generator<void, string> {
  const section = createDataSection({ dataHash, what, limits });
  const file = openSync(path, "r");
  const chunk = Buffer.allocUnsafe(chunkBytes);
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      section.push(chunk.subarray(0, read));
      yield;
    }
    return JSON.stringify(encodeDataFacts(section.end().contents));
  } finally {
    section.close();
    closeSync(file);
  }
}

/** {@link unpackFile} without a stop. */
export function unpackAtOnce(request: UnpackRequest): string {
  const steps = unpackFile(request);
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

/** {@link unpackFile}, with room for everything else that waits for this thread between any two chunks. */
export async function unpackBetween(request: UnpackRequest): Promise<string> {
  const steps = unpackFile(request);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
