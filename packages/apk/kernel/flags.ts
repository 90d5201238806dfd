/** A byte for each of some numbers, 0 at first. */
export class Flags {
  /** The address of the first. */
  readonly start: usize;

  constructor(count: i32) {
    this.start = heap.alloc(count + 1);
    // Written for the reason that `zeros` gives.
    memory.fill(this.start, 0, count + 1);
  }

  has(number: i32): bool {
    return isSet(this.start, number);
  }

  set(number: i32): void {
    store<u8>(this.start + number, 1);
  }
}

/** {@link Flags.has} by address, for loops. */
export function isSet(start: usize, number: i32): bool {
  return load<u8>(start + number) != 0;
}
