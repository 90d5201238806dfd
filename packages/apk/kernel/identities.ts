import { hashIdentity, isSameIdentity } from "./host";
import { Ints } from "./ints";
import { murmur3 } from "./murmur3";
import { Slots } from "./slots";
import { addressOf, byteAt, lineEnd, newline } from "./text";

/**
 * Which package was the first with an identity? A package that an earlier record has under the same identity is the same
 * package, in another repository (A10.1).
 */

/** Characters of the base64 of an identity that count whole: 26 of `Q1` and 28. */
const characters = 26;

export class Identities {
  /** By package: where its identity begins (0: it has none), and its hash. */
  starts: Ints;
  private hashes: Ints;
  private slots: Slots;

  constructor(capacity: i32) {
    this.starts = new Ints(capacity);
    this.hashes = new Ints(capacity);
    this.slots = new Slots(capacity);
  }

  /** Files the next package under the identity at `start`; returns the number of the first that has it, or -1 for none. */
  add(start: i32): i32 {
    const number = this.starts.length;
    const isKnown = start > 0 && byteAt(start) != newline;
    const hash = isKnown ? hashOf(start) : 0;
    this.starts.push(start);
    this.hashes.push(hash);
    if (!isKnown) return -1;
    let place = this.slots.first(hash);
    for (let other = this.slots.at(place); other >= 0; other = this.slots.at(place)) {
      if (this.hashes.get(other) == hash && isSameIdentity(this.starts.get(other), start)) return other;
      place = this.slots.next(place);
    }
    this.slots.put(place, number);
    if (this.slots.isFullWith(number + 1)) this.slots.grow(this.hashes, 1);
    return -1;
  }
}

function hashOf(start: i32): u32 {
  const isUsual = byteAt(start) == 0x51 && lineEnd(start) - start > characters + 2;
  return isUsual ? murmur3(addressOf(start + 2), characters, 0) : hashIdentity(start);
}
