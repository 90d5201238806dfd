import { intAt, Ints, ofLength, setInt, zeros } from "./ints";

/** Lists of integers by integer key, in two arrays: those of `key` stand from `first[key]` to `first[key + 1]`. */
export class Lists {
  /** The addresses of both, which do not move any more. */
  private readonly firstAt: usize;
  readonly valuesAt: usize;

  constructor(
    readonly first: Ints,
    readonly values: Ints,
  ) {
    this.firstAt = first.start;
    this.valuesAt = values.start;
  }

  /** Where the list of a key begins, and the one before it ends. */
  begin(key: i32): i32 {
    return intAt(this.firstAt, key);
  }

  value(at: i32): i32 {
    return intAt(this.valuesAt, at);
  }
}

/** Files each index of `keys` under the key that stands there, in ascending order; keys are below `size`. */
export function groupByKey(keys: Ints, size: i32): Lists {
  const length = keys.length;
  const values = ofLength(length);
  const next = zeros(size + 1);
  const keyAt = keys.start;
  const valueAt = values.start;
  const nextAt = next.start;
  for (let index = 0; index < length; index += 1) {
    const key = intAt(keyAt, index);
    setInt(nextAt, key, intAt(nextAt, key) + 1);
  }
  let sum = 0;
  for (let key = 0; key <= size; key += 1) {
    const count = intAt(nextAt, key);
    setInt(nextAt, key, sum);
    sum += count;
  }
  const first = next.copy();
  for (let index = 0; index < length; index += 1) {
    const key = intAt(keyAt, index);
    const place = intAt(nextAt, key);
    setInt(valueAt, place, index);
    setInt(nextAt, key, place + 1);
  }
  return new Lists(first, values);
}
