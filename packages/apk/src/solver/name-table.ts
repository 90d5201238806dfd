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
  readonly size: number;
  readonly #text: Buffer;
  readonly #entries: Int32Array;
  /** Open addressing: id + 1, or 0 for an empty place. */
  readonly #slots: Int32Array;

  constructor(text: Buffer, { size, entries, slots }: NameColumns) {
    this.#text = text;
    this.size = size;
    this.#slots = slots;
    this.#entries = entries;
  }

  /** What the table consists of. */
  columns(): NameColumns {
    return { size: this.size, entries: this.#entries, slots: this.#slots };
  }

  /** The number of a name, or -1 for one that was never mentioned. */
  find(name: string): number {
    const bytes = Buffer.from(name);
    const hash = murmur3(bytes, 0, bytes.length, seed) | 0;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = (this.#slots[slot] ?? 0) - 1;
      if (id < 0 || (this.#entries[id * width + hashAt] === hash && this.#bytesOf(id).equals(bytes))) return id;
    }
  }

  textOf(id: number): string {
    return this.#bytesOf(id).toString();
  }

  /** The hash by which apk's table orders names, unsigned. */
  hashOf(id: number): number {
    return (this.#entries[id * width + hashAt] ?? 0) >>> 0;
  }

  #bytesOf(id: number): Buffer {
    const start = this.#entries[id * width + startAt] ?? 0;
    return this.#text.subarray(start, start + (this.#entries[id * width + lengthAt] ?? 0));
  }
}
