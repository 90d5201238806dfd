import { Ints, zeros } from "./ints";

/** Lists of integers by integer key, in two arrays: those of `key` stand from `first[key]` to `first[key + 1]`. */
export class Lists {
  constructor(
    readonly first: Ints,
    readonly values: Ints,
  ) {}
}

/** Files each index of `keys` under the key that stands there, in ascending order; keys are below `size`. */
export function groupByKey(keys: Ints, size: i32): Lists {
  const next = zeros(size + 1);
  for (let index = 0; index < keys.length; index += 1) next.set(keys.get(index) + 1, next.get(keys.get(index) + 1) + 1);
  for (let key = 0; key < size; key += 1) next.set(key + 1, next.get(key + 1) + next.get(key));
  const first = next.copy();
  const values = zeros(keys.length);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys.get(index);
    values.set(next.get(key), index);
    next.set(key, next.get(key) + 1);
  }
  return new Lists(first, values);
}
