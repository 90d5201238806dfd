/** Lists of integers by integer key, in two arrays: those of `key` stand from `first[key]` to `first[key + 1]`. */
export interface IntLists {
  readonly first: Int32Array;
  readonly values: Int32Array;
}

/** Files each index of `keys` under the key that stands there, in ascending order. Keys below 0 are passed over. */
export function groupByKey(keys: Int32Array, size: number): IntLists {
  const first = new Int32Array(size + 1);
  for (const key of keys) if (key >= 0) first[key + 1] = (first[key + 1] ?? 0) + 1;
  for (let key = 0; key < size; key += 1) first[key + 1] = (first[key + 1] ?? 0) + (first[key] ?? 0);
  const values = new Int32Array(first[size] ?? 0);
  const next = first.slice(0, size);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] ?? -1;
    if (key < 0) continue;
    const at = next[key] ?? 0;
    values[at] = index;
    next[key] = at + 1;
  }
  return { first, values };
}

/** The list of a key; empty for one that is out of range. */
export function listOf({ first, values }: IntLists, key: number): Int32Array {
  const start = first[key] ?? 0;
  return values.subarray(start, first[key + 1] ?? start);
}
