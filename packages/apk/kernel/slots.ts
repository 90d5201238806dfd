import { Ints, zeros } from "./ints";

/**
 * Open addressing: where a number stands by its hash. At most half of the places are taken, each by a number plus one.
 */
export class Slots {
  places: Ints;

  /** For about `count` numbers. */
  constructor(count: i32) {
    let size = 16;
    while (size < count * 2) size *= 2;
    this.places = zeros(size);
  }

  first(hash: u32): i32 {
    return hash & (this.places.length - 1);
  }

  next(place: i32): i32 {
    return (place + 1) & (this.places.length - 1);
  }

  /** The number at a place; -1 where there is none. */
  at(place: i32): i32 {
    return this.places.get(place) - 1;
  }

  put(place: i32, number: i32): void {
    this.places.set(place, number + 1);
  }

  isFullWith(count: i32): bool {
    return count * 2 > this.places.length;
  }

  /** Twice the places, and the numbers that stand in them, by their hashes: one in every `width` integers. */
  grow(hashes: Ints, width: i32): void {
    const before = this.places;
    this.places = zeros(before.length * 2);
    for (let old = 0; old < before.length; old += 1) {
      const number = before.get(old) - 1;
      if (number < 0) continue;
      let place = this.first(hashes.get(number * width));
      while (this.at(place) >= 0) place = this.next(place);
      this.put(place, number);
    }
  }
}
