import { murmur3 } from "./murmur3.ts";

/** The seed of apk's own table. */
const seed = 5381;

/** What is kept of a name: its hash, which text it stands in, where, and its length. */
const width = 4;
const [hashAt, sourceAt, startAt, lengthAt] = [0, 1, 2, 3];

/**
 * Numbers for names, from 0 in the order in which they are first mentioned. Names stay where they stand in the text that
 * mentions them: a string is made of one only when somebody asks for it.
 */
export class NameTable {
  size = 0;
  readonly #texts: readonly Buffer[];
  #entries: Int32Array;
  /** Open addressing: id + 1, or 0 for an empty place. At most half full. */
  #slots: Int32Array;

  constructor(texts: readonly Buffer[], capacity: number) {
    this.#texts = texts;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2))));
    this.#entries = new Int32Array((this.#slots.length / 2 + 1) * width);
  }

  /** The number of the name at a place in one of the texts, a new one if it was not mentioned before. */
  add(source: number, start: number, end: number): number {
    const text = this.#text(source);
    return this.#insert(text, source, start, end - start, murmur3(text, start, end, seed) | 0);
  }

  /** Takes over the names of another table, whose text is the `source`th here; returns the numbers that they have here. */
  addAll(other: NameTable, source: number): Int32Array {
    const text = this.#text(source);
    const theirs = other.#entries;
    const ids = new Int32Array(other.size);
    for (let id = 0; id < ids.length; id += 1) {
      const entry = id * width;
      const [start, length] = [theirs[entry + startAt] ?? 0, theirs[entry + lengthAt] ?? 0];
      ids[id] = this.#insert(text, source, start, length, theirs[entry + hashAt] ?? 0);
    }
    return ids;
  }

  /** The number of a name, or -1 for one that was never mentioned. */
  find(name: string): number {
    const bytes = Buffer.from(name);
    const hash = murmur3(bytes, 0, bytes.length, seed) | 0;
    return (this.#slots[this.#slotOf(bytes, 0, bytes.length, hash)] ?? 0) - 1;
  }

  textOf(id: number): string {
    const entry = id * width;
    const start = this.#entries[entry + startAt] ?? 0;
    const text = this.#text(this.#entries[entry + sourceAt] ?? 0);
    return text.toString("utf8", start, start + (this.#entries[entry + lengthAt] ?? 0));
  }

  /** The hash by which apk's table orders names, unsigned. */
  hashOf(id: number): number {
    return (this.#entries[id * width + hashAt] ?? 0) >>> 0;
  }

  #insert(text: Buffer, source: number, start: number, length: number, hash: number): number {
    const slot = this.#slotOf(text, start, length, hash);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const id = this.size;
    const entries = this.#entries;
    entries[id * width + hashAt] = hash;
    entries[id * width + sourceAt] = source;
    entries[id * width + startAt] = start;
    entries[id * width + lengthAt] = length;
    this.size = this.#slots[slot] = id + 1;
    if (this.size * 2 > this.#slots.length) this.#grow();
    return id;
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
      const other = this.#text(entries[entry + sourceAt] ?? 0);
      if (isEqual(text, start, other, entries[entry + startAt] ?? 0, length)) return slot;
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

  #text(source: number): Buffer {
    return this.#texts[source] ?? Buffer.alloc(0);
  }
}

function isEqual(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let at = 0; at < length; at += 1) if (a[aStart + at] !== b[bStart + at]) return false;
  return true;
}
