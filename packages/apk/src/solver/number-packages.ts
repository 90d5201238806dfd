import { identityHash, identityKey } from "./identity-key.ts";
import type { IndexTable } from "./index-table.ts";

/**
 * Numbers for the packages of several indexes: those of the first, then those of the second, each in record order. A package
 * that an earlier record has under the same identity is the same package, in another repository (A10.1).
 */
export interface PackageNumbers {
  readonly size: number;
  /** The number of each table's first record; one more than there are tables. */
  readonly base: Int32Array;
  /** By package: its table. */
  readonly table: Int32Array;
  /** For a record that says again what an earlier one says: the number of that one. -1 for all others. */
  readonly sameAs: Int32Array;
  /** The records that say a package again. */
  readonly repeats: ReadonlyMap<number, readonly number[]>;
}

export function numberPackages(tables: readonly IndexTable[]): PackageNumbers {
  const base = new Int32Array(tables.length + 1);
  tables.forEach((table, index) => (base[index + 1] = (base[index] ?? 0) + table.size));
  const size = base[tables.length] ?? 0;
  const table = new Int32Array(size);
  tables.forEach((_, index) => table.fill(index, base[index], base[index + 1]));
  const sameAs = findRepeated(size, (number) => identityPlace(tables, table, base, number));
  return { size, base, table, sameAs, repeats: listRepeats(sameAs) };
}

/** Where the identity of a record stands; an empty place where it has none. */
interface Place {
  readonly text: Buffer;
  readonly start: number;
  readonly end: number;
}

function identityPlace(tables: readonly IndexTable[], table: Int32Array, base: Int32Array, number: number): Place {
  const source = table[number] ?? 0;
  const { text, identity } = tables[source] ?? { text: Buffer.alloc(0), identity: new Int32Array(0) };
  const start = identity[number - (base[source] ?? 0)] ?? 0;
  const end = start === 0 ? 0 : text.indexOf(0x0a, start);
  return { text, start, end: end < 0 ? text.length : end };
}

/** By record: the first one with the same identity, or -1. */
function findRepeated(size: number, placeOf: (number: number) => Place): Int32Array {
  const sameAs = new Int32Array(size).fill(-1);
  const mask = 2 ** Math.ceil(Math.log2(Math.max(16, size * 2))) - 1;
  const slots = new Int32Array(mask + 1);
  const hashes = new Int32Array(size);
  const keyOf = (number: number): string => {
    const { text, start, end } = placeOf(number);
    return identityKey(text.toString("latin1", start, end));
  };
  for (let number = 0; number < size; number += 1) {
    const { text, start, end } = placeOf(number);
    if (start === end) continue;
    const hash = (hashes[number] = identityHash(text, start, end) | 0);
    let slot = hash & mask;
    for (let other = slots[slot] ?? 0; other > 0; slot = (slot + 1) & mask, other = slots[slot] ?? 0) {
      if (hashes[other - 1] !== hash || keyOf(other - 1) !== keyOf(number)) continue;
      sameAs[number] = other - 1;
      break;
    }
    if (sameAs[number] === -1) slots[slot] = number + 1;
  }
  return sameAs;
}

function listRepeats(sameAs: Int32Array): Map<number, number[]> {
  const repeats = new Map<number, number[]>();
  sameAs.forEach((first, number) => {
    if (first >= 0) repeats.set(first, [...(repeats.get(first) ?? []), number]);
  });
  return repeats;
}
