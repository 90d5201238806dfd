import { readFileSync } from "node:fs";
import { digestOf } from "./digest.ts";
import { isReadOnlyError, storeError } from "./store-error.ts";
import { factPath, placeOf } from "./store-places.ts";
import type { Scratch } from "./store-scratch.ts";
import { readStamped } from "./store-stamp.ts";

/**
 * The file of a fact: a line with the digest of all that follows, a line with the fact's own place, the JSON. A damaged fact reads as
 * absent and is computed again, and so does one that stands in the place of another.
 */

/** The value in the file of a fact, or undefined when it is absent, damaged or that of another key. */
export function readFact(path: string): unknown {
  const text = readStamped(path, (file) => readFileSync(file, "utf8"));
  if (text === undefined) return undefined;
  const bound = text.slice(text.indexOf("\n") + 1);
  const place = `${placeOf(path)}\n`;
  if (!bound.startsWith(place) || !text.startsWith(`${digestOf(bound)}\n`)) return undefined;
  return JSON.parse(bound.slice(place.length)) as unknown;
}

/** Keeps a value by its JSON; in a store that can only be read, it is computed again next time. @throws CoreError STORE_UNUSABLE */
export function writeFact(root: string, scratch: Scratch, kind: string, key: string, json: string): void {
  const path = factPath(root, kind, key);
  const bound = `${placeOf(path)}\n${json}`;
  try {
    scratch.writeText(path, `${digestOf(bound)}\n${bound}`);
  } catch (cause) {
    if (!isReadOnlyError(cause)) throw storeError(root, "write into", cause);
  }
}
