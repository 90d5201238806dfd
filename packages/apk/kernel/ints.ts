/**
 * A list of 32-bit integers that grows.
 *
 * Memory is handed out once and never again, so that all of it is zero at first; what a list leaves behind when it grows is lost
 * until the whole instance goes.
 */
export class Ints {
  /** The address of the first. */
  start: usize;
  length: i32 = 0;
  capacity: i32;

  constructor(capacity: i32) {
    this.capacity = max(16, capacity);
    this.start = reserve(this.capacity);
  }

  get(index: i32): i32 {
    return load<i32>(this.start + ((index as usize) << 2));
  }

  set(index: i32, value: i32): void {
    store<i32>(this.start + ((index as usize) << 2), value);
  }

  push(value: i32): void {
    if (this.length == this.capacity) this.grow();
    this.set(this.length, value);
    this.length += 1;
  }

  /** These values in a list of their own. */
  copy(): Ints {
    const copy = zeros(this.length);
    memory.copy(copy.start, this.start, (this.length as usize) << 2);
    return copy;
  }

  private grow(): void {
    const larger = reserve(this.capacity * 2);
    memory.copy(larger, this.start, (this.length as usize) << 2);
    this.start = larger;
    this.capacity *= 2;
  }
}

/**
 * `length` zeros. They are written, although memory is zero at first: most who ask for zeros read before they write, and a page that is
 * read first is handed out twice, the second time with a message to every processor.
 */
export function zeros(length: i32): Ints {
  const ints = new Ints(length);
  ints.length = length;
  memory.fill(ints.start, 0, (length as usize) << 2);
  return ints;
}

function reserve(count: i32): usize {
  return heap.alloc((count as usize) << 2);
}
