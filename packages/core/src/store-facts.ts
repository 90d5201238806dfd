import { digestOf } from "./digest.ts";
import { isReadOnlyError, storeError } from "./store-error.ts";
import { factPath } from "./store-places.ts";
import type { Scratch } from "./store-scratch.ts";
import { readStamped } from "./store-stamp.ts";

/** Facts begin with the digest of their JSON, so that a damaged one reads as absent and is computed again. */

/** The value in the file of a fact, or undefined when it is absent or damaged. */
export function readFact(path: string): unknown {
  const text = readStamped(path);
  if (text === undefined) return undefined;
  const json = text.slice(text.indexOf("\n") + 1);
  return text.startsWith(`${digestOf(json)}\n`) ? (JSON.parse(json) as unknown) : undefined;
}

/** Keeps a value by its JSON; in a store that can only be read, it is computed again next time. @throws CoreError STORE_UNUSABLE */
export function writeFact(root: string, scratch: Scratch, kind: string, key: string, json: string): void {
  try {
    scratch.writeText(factPath(root, kind, key), `${digestOf(json)}\n${json}`);
  } catch (cause) {
    if (!isReadOnlyError(cause)) throw storeError(root, "write into", cause);
  }
}
