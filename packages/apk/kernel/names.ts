import { Ints } from "./ints";
import { murmur3 } from "./murmur3";
import { isSame } from "./same";
import { Slots } from "./slots";
import { addressOf } from "./text";

/** The seed of apk's own table, whose order the order of its changes follows (A10.8). */
const seed: u32 = 5381;

/** What is kept of a name: its hash, where it stands in the text, and its length. */
const width = 3;

/** Numbers for names, from 0 in the order in which they are first mentioned. Names stay where they stand in the text. */
export class Names {
  size: i32 = 0;
  entries: Ints;
  slots: Slots;

  constructor(capacity: i32) {
    this.entries = new Ints(capacity * width);
    this.slots = new Slots(capacity);
  }

  /** The number of the name at a place in the text, a new one if it was not mentioned before. */
  add(start: i32, length: i32): i32 {
    const hash = murmur3(addressOf(start), length, seed);
    let place = this.slots.first(hash);
    for (let number = this.slots.at(place); number >= 0; number = this.slots.at(place)) {
      if (this.is(number, hash, start, length)) return number;
      place = this.slots.next(place);
    }
    const number = this.size;
    this.entries.push(hash);
    this.entries.push(start);
    this.entries.push(length);
    this.slots.put(place, number);
    this.size += 1;
    if (this.slots.isFullWith(this.size)) this.slots.grow(this.entries, width);
    return number;
  }

  hashOf(number: i32): u32 {
    return this.entries.get(number * width);
  }

  private is(number: i32, hash: u32, start: i32, length: i32): bool {
    const entry = number * width;
    if (this.entries.get(entry) != hash || this.entries.get(entry + 2) != length) return false;
    return isSame(addressOf(this.entries.get(entry + 1)), addressOf(start), length);
  }
}
