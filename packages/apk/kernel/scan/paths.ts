import { Ints } from "../ints";
import { murmur3 } from "../murmur3";
import { isSame } from "../same";
import { Slots } from "../slots";
import { sumBytes } from "./plain";

/** What is kept of a path: its hash, its address, its length, what it is. A file's sum stands behind its path. */
const width = 4;

export const isDirectory = 0;
export const isFile = 1;
export const isLink = 2;

/** More looks at other paths than this one for each path: names that somebody chose so that they have one hash. */
const mostLooks = 64;

/** What is kept of paths takes no more bytes: who raises the engine's limits may need more than a kernel's memory can be. */
const mostKeptBytes = 1 << 28;

/** The paths of a section that have come, to be found by their names. */
export class Paths {
  size: i32 = 0;
  private readonly entries: Ints = new Ints(256 * width);
  private readonly slots: Slots = new Slots(256);
  private looks: i64 = 0;
  private keptBytes: i32 = 0;

  /** The number of a path; -1 for one that has not come. */
  find(path: usize, length: i32): i32 {
    const hash = murmur3(path, length, 0);
    let place = this.slots.first(hash);
    for (let number = this.slots.at(place); number >= 0; number = this.slots.at(place)) {
      if (this.is(number, hash, path, length)) return number;
      this.looks += 1;
      place = this.slots.next(place);
    }
    return -1;
  }

  /** Adds a path that has not come; `sum` is the address of a file's, 0 for others. */
  add(path: usize, length: i32, kind: i32, sum: usize): void {
    const hash = murmur3(path, length, 0);
    const bytes = length + (sum == 0 ? 0 : sumBytes);
    const kept = heap.alloc(bytes);
    this.keptBytes += bytes;
    memory.copy(kept, path, length);
    if (sum != 0) memory.copy(kept + length, sum, sumBytes);
    let place = this.slots.first(hash);
    while (this.slots.at(place) >= 0) place = this.slots.next(place);
    this.slots.put(place, this.size);
    this.entries.push(hash);
    this.entries.push(kept as i32);
    this.entries.push(length);
    this.entries.push(kind);
    this.size += 1;
    if (this.slots.isFullWith(this.size)) this.slots.grow(this.entries, width);
  }

  kindOf(number: i32): i32 {
    return this.entries.get(number * width + 3);
  }

  /** The address of a file's sum. */
  sumOf(number: i32): usize {
    return this.entries.get(number * width + 1) + this.entries.get(number * width + 2);
  }

  /** False once finding takes longer, or keeping more room, than it does for any package that somebody made to be installed. */
  get areUsual(): bool {
    return this.looks < (this.size as i64) * mostLooks + 4096 && this.keptBytes < mostKeptBytes;
  }

  private is(number: i32, hash: u32, path: usize, length: i32): bool {
    const entry = number * width;
    if (this.entries.get(entry) != hash || this.entries.get(entry + 2) != length) return false;
    return isSame(this.entries.get(entry + 1), path, length);
  }
}
