import { identityHash, identityKey } from "./identity-key.ts";

const newline = 0x0a;
/** What an identity of the usual form is long: `Q1` and the base64 of 20 bytes. */
const usualLength = 30;

/**
 * Which package was the first with an identity? A package that an earlier record has under the same identity is the same
 * package, in another repository (A10.1).
 */
export class IdentityTable {
  readonly #text: Buffer;
  /** Open addressing: number of a package + 1, or 0 for an empty place. At most half full. */
  #slots: Int32Array;
  /** By package: where its identity begins (0: it has none), and its hash. */
  #starts: Int32Array;
  #hashes: Int32Array;
  #size = 0;

  constructor(text: Buffer, capacity: number) {
    this.#text = text;
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, capacity)));
    this.#slots = new Int32Array(size * 2);
    this.#starts = new Int32Array(size);
    this.#hashes = new Int32Array(size);
  }

  /** Files the next package under the identity at `start`; returns the number of the first that has it, or -1 for none. */
  add(start: number): number {
    const number = this.#size;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
    this.#starts[number] = start;
    if (start === 0) return -1;
    const end = this.#endOf(start);
    if (end === start) return -1;
    const hash = (this.#hashes[number] = identityHash(this.#text, start, end) | 0);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let other = this.#slots[slot] ?? 0; other > 0; slot = (slot + 1) & mask, other = this.#slots[slot] ?? 0) {
      if (this.#hashes[other - 1] === hash && this.#keyOf(other - 1) === this.#keyOf(number)) return other - 1;
    }
    this.#slots[slot] = number + 1;
    return -1;
  }

  #keyOf(number: number): string {
    const start = this.#starts[number] ?? 0;
    return identityKey(this.#text.toString("latin1", start, this.#endOf(start)));
  }

  #endOf(start: number): number {
    if (this.#text[start + usualLength] === newline) return start + usualLength;
    let end = start;
    while (end < this.#text.length && this.#text[end] !== newline) end += 1;
    return end;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const filed of this.#slots) {
      if (filed === 0) continue;
      let slot = (this.#hashes[filed - 1] ?? 0) & mask;
      while ((slots[slot] ?? 0) > 0) slot = (slot + 1) & mask;
      slots[slot] = filed;
    }
    this.#slots = slots;
    this.#starts = larger(this.#starts, slots.length / 2);
    this.#hashes = larger(this.#hashes, slots.length / 2);
  }
}

function larger(values: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(length);
  grown.set(values);
  return grown;
}
