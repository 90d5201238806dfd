/** Lists of integers by integer key, in two arrays: those of `key` stand from `first[key]` to `first[key + 1]`. */
export interface IntLists {
  readonly first: Int32Array;
  readonly values: Int32Array;
}

/** The list of a key; empty for one that is out of range. */
export function listOf({ first, values }: IntLists, key: number): Int32Array {
  const start = first[key] ?? 0;
  return values.subarray(start, first[key + 1] ?? start);
}
