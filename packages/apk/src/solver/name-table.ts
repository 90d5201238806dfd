import { murmur3 } from "./murmur3.ts";

/** The seed of apk's own table. */
const seed = 5381;

/** What is kept of a name: its hash, where it stands in the text, and its length. */
const width = 3;
const [hashAt, startAt, lengthAt] = [0, 1, 2];

/** The arrays of a table, to keep them. */
export interface NameColumns {
  readonly size: number;
  readonly entries: Int32Array;
  readonly slots: Int32Array;
}

/**
 * Numbers for names, from 0 in the order in which they are first mentioned. Names stay where they stand in the text that
 * mentions them: a string is made of one only when somebody asks for it.
 */
export class NameTable {
  size = 0;
  readonly #text: Buffer;
  #entries: Int32Array;
  /** Open addressing: id + 1, or 0 for an empty place. At most half full. */
  #slots: Int32Array;

  /** Empty, for about `capacity` names; or with what another table of the same text had in its columns. */
  constructor(text: Buffer, capacity: number | NameColumns) {
    this.#text = text;
    if (typeof capacity === "number") {
      this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2))));
      this.#entries = new Int32Array((this.#slots.length / 2 + 1) * width);
    } else {
      this.size = capacity.size;
      this.#slots = capacity.slots;
      this.#entries = capacity.entries;
    }
  }

  /** What the table consists of. It must not grow after this. */
  columns(): NameColumns {
    return { size: this.size, entries: this.#entries.subarray(0, this.size * width), slots: this.#slots };
  }

  /** The number of the name at a place in the text, a new one if it was not mentioned before. */
  add(start: number, end: number): number {
    const hash = murmur3(this.#text, start, end, seed) | 0;
    const slot = this.#slotOf(this.#text, start, end - start, hash);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const id = this.size;
    this.#entries[id * width + hashAt] = hash;
    this.#entries[id * width + startAt] = start;
    this.#entries[id * width + lengthAt] = end - start;
    this.size = this.#slots[slot] = id + 1;
    if (this.size * 2 > this.#slots.length) this.#grow();
    return id;
  }

  /** The number of a name, or -1 for one that was never mentioned. */
  find(name: string): number {
    const bytes = Buffer.from(name);
    const hash = murmur3(bytes, 0, bytes.length, seed) | 0;
    return (this.#slots[this.#slotOf(bytes, 0, bytes.length, hash)] ?? 0) - 1;
  }

  textOf(id: number): string {
    const start = this.#entries[id * width + startAt] ?? 0;
    return this.#text.toString("utf8", start, start + (this.#entries[id * width + lengthAt] ?? 0));
  }

  /** The hash by which apk's table orders names, unsigned. */
  hashOf(id: number): number {
    return (this.#entries[id * width + hashAt] ?? 0) >>> 0;
  }

  /** The name's place, or the empty one that it would take. */
  #slotOf(text: Buffer, start: number, length: number, hash: number): number {
    const slots = this.#slots;
    const entries = this.#entries;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = (slots[slot] ?? 0) - 1;
      if (id < 0) return slot;
      const entry = id * width;
      if (entries[entry + hashAt] !== hash || entries[entry + lengthAt] !== length) continue;
      if (isEqual(text, start, this.#text, entries[entry + startAt] ?? 0, length)) return slot;
    }
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id += 1) {
      let slot = (this.#entries[id * width + hashAt] ?? 0) & mask;
      while ((slots[slot] ?? 0) > 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    const entries = new Int32Array((slots.length / 2 + 1) * width);
    entries.set(this.#entries);
    [this.#slots, this.#entries] = [slots, entries];
  }
}

function isEqual(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let at = 0; at < length; at += 1) if (a[aStart + at] !== b[bStart + at]) return false;
  return true;
}
