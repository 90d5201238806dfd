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
    return intAt(this.start, index);
  }

  set(index: i32, value: i32): void {
    setInt(this.start, index, value);
  }

  push(value: i32): void {
    if (this.length == this.capacity) this.grow();
    this.set(this.length, value);
    this.length += 1;
  }

  /** These values in a list of their own. */
  copy(): Ints {
    const copy = ofLength(this.length);
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
 * The integer at an index of the list that begins at an address. In loops this is used in place of a list: V8's first compiler, whose
 * code most of a resolution runs in, would load the address anew for each.
 */
export function intAt(start: usize, index: i32): i32 {
  return load<i32>(start + ((index as usize) << 2));
}

export function setInt(start: usize, index: i32, value: i32): void {
  store<i32>(start + ((index as usize) << 2), value);
}

/** `length` integers that are all to be set. */
export function ofLength(length: i32): Ints {
  const ints = new Ints(length);
  ints.length = length;
  return ints;
}

/**
 * `length` zeros. They are written, although memory is zero at first: most who ask for zeros read before they write, and a page that is
 * read first is handed out twice, the second time with a message to every processor.
 */
export function zeros(length: i32): Ints {
  const ints = ofLength(length);
  memory.fill(ints.start, 0, (length as usize) << 2);
  return ints;
}

function reserve(count: i32): usize {
  return heap.alloc((count as usize) << 2);
}
