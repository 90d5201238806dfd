/** A byte for each of some numbers, 0 at first. */
export class Flags {
  /** The address of the first. */
  readonly start: usize;

  constructor(count: i32) {
    this.start = heap.alloc(count + 1);
    memory.fill(this.start, 0, count + 1);
  }

  has(number: i32): bool {
    return load<u8>(this.start + number) != 0;
  }

  set(number: i32): void {
    store<u8>(this.start + number, 1);
  }
}
