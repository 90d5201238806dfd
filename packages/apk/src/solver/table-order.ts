import type { IntLists } from "./lists.ts";
import type { NameTable } from "./name-table.ts";

/**
 * The order in which apk walks its table of names (A10.8): bucket by bucket, and in a bucket from the newest name to the oldest.
 */

/** The number of lists in apk's table of names. */
const buckets = 20_000;

/** Compares two names by their place in that order. */
export type CompareNames = (a: number, b: number) => number;

/** `world` are names that were mentioned before all others, in their order: those of the world that stands in a root. */
export function nameOrder(names: NameTable, world: readonly number[] = []): CompareNames {
  const early = new Map(world.map((name, index) => [name, index - world.length]));
  const ageOf = (name: number): number => early.get(name) ?? name;
  return (a, b) => (names.hashOf(a) % buckets) - (names.hashOf(b) % buckets) || ageOf(b) - ageOf(a);
}

/** Lists of names that were made in the order without a world, in the order with it. */
export function reorder({ first, values }: IntLists, compare: CompareNames): IntLists {
  const ordered = values.slice();
  for (let key = 0; key + 1 < first.length; key += 1) {
    const [from, to] = [first[key] ?? 0, first[key + 1] ?? 0];
    if (to - from > 1) ordered.subarray(from, to).sort(compare);
  }
  return { first, values: ordered };
}
