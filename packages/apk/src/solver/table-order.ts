import { groupByKey } from "./lists.ts";
import type { NameTable } from "./name-table.ts";

/**
 * The order in which apk walks its table of names (A10.8): bucket by bucket, and in a bucket from the newest name to the oldest.
 */

/** The number of lists in apk's table of names. */
const buckets = 20_000;

/** All names in that order. */
export function tableOrder(names: NameTable): Int32Array {
  const { size } = names;
  // Names are filed newest first: index 0 here is the newest.
  const bucketOf = new Int32Array(size);
  for (let index = 0; index < size; index += 1) bucketOf[index] = names.hashOf(size - 1 - index) % buckets;
  return groupByKey(bucketOf, buckets).values.map((index) => size - 1 - index);
}

/** Compares two names by that order. */
export function compareInTable(names: NameTable, a: number, b: number): number {
  return (names.hashOf(a) % buckets) - (names.hashOf(b) % buckets) || b - a;
}
