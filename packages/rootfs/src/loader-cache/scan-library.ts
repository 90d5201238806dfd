import type { ByteRange } from "@apkmill/archive";
import { readLibrary, type LibraryFacts, type LibraryReading } from "./library-facts.ts";

/** Most libraries are smaller than this, and are read in one go; in larger ones most names begin before it. */
const keptBytes = 4 << 20;

/**
 * The bytes of one file that are needed for its facts, taken from a stream as it goes by: its beginning, and the range that is
 * wanted. What is wanted only after it went by is taken in the next pass over the file.
 */
export class LibraryScan {
  readonly #sizeBytes: number;
  #start: Buffer;
  /** Bytes of the beginning that are there. */
  #known = 0;
  /** A range that was wanted → its bytes, and how many of them were taken; a file that lies may want several at one offset. */
  readonly #ranges = new Map<string, { readonly bytes: Buffer; taken: number }>();
  #reading: LibraryReading;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#start = Buffer.allocUnsafe(Math.min(sizeBytes, keptBytes));
    this.#reading = this.#read();
  }

  /** The facts of a library, undefined for anything else; "unfinished" when another pass is needed. */
  get facts(): LibraryFacts | undefined | "unfinished" {
    return "facts" in this.#reading ? this.#reading.facts : "unfinished";
  }

  /** One pass over the content, which ends as soon as all is known. */
  async pass(content: AsyncIterable<Uint8Array>): Promise<void> {
    let position = 0;
    for await (const chunk of content) {
      this.#take(chunk, position);
      position += chunk.length;
      this.#reading = this.#read();
      if ("facts" in this.#reading) break;
    }
    // The next pass wants a range only, and there may be many files that need one.
    this.#start = Buffer.alloc(0);
    this.#known = 0;
  }

  #take(chunk: Uint8Array, position: number): void {
    if (position === this.#known && position < this.#start.length) {
      this.#start.set(chunk.subarray(0, this.#start.length - position), position);
      this.#known = Math.min(position + chunk.length, this.#start.length);
    }
    if ("wanted" in this.#reading) this.#takeRange(this.#reading.wanted, chunk, position);
  }

  #takeRange(wanted: ByteRange, chunk: Uint8Array, position: number): void {
    const { offset, length } = wanted;
    const range = this.#ranges.get(keyOf(wanted)) ?? { bytes: Buffer.alloc(length), taken: 0 };
    const next = offset + range.taken - position;
    if (next < 0 || next >= chunk.length) return;
    const part = chunk.subarray(next, next + length - range.taken);
    range.bytes.set(part, range.taken);
    range.taken += part.length;
    this.#ranges.set(keyOf(wanted), range);
  }

  #read(): LibraryReading {
    return readLibrary((wanted: ByteRange) => {
      const { offset, length } = wanted;
      const range = this.#ranges.get(keyOf(wanted));
      if (range?.taken === length) return range.bytes;
      if (offset + length > this.#known) return undefined;
      const bytes = Buffer.from(this.#start.subarray(offset, offset + length));
      this.#ranges.set(keyOf(wanted), { bytes, taken: length });
      return bytes;
    }, this.#sizeBytes);
  }
}

function keyOf({ offset, length }: ByteRange): string {
  return `${String(offset)}+${String(length)}`;
}
