import { malformedAdb, type Subject } from "./subject.ts";

/**
 * How are the values of an ADB read without trusting one of them? (reference apk-formats A11)
 *
 * A value is a word: a type in its upper four bits, in the others a number or the place of what it stands for, counted from
 * the beginning of the payload. Equal data is stored once and referred to from many places, so a small file can mean a
 * large tree, and hostile references can make it endless. Contract: every place and count is checked against the payload,
 * the depth is that of the schema that asks, and what is read in all is bounded by a multiple of the payload's size;
 * whoever meets shared values often keeps what it made of them.
 */
export class AdbValues {
  readonly payload: Buffer;
  readonly #subject: Subject;
  readonly #texts: Map<number, string> = new Map();
  #leftBytes: number;

  constructor(payload: Buffer, subject: Subject) {
    this.payload = payload;
    this.#subject = subject;
    this.#leftBytes = payload.length * mostReadings + 65_536;
  }

  /** The object that everything hangs on. @throws ApkError …_FORMAT */
  root(): AdbNode {
    if (this.payload.length < headerBytes) throw this.error("the metadata has no header");
    // Its first byte: the oldest reader that it can be read by.
    if (this.payload[0] !== 0) throw this.error(`metadata of version ${String(this.payload[0])} is not known`);
    const root = this.node(this.wordAt(4));
    if (root === undefined) throw this.error("the metadata is empty");
    return root;
  }

  /**
   * The object or array that a word stands for; undefined for null. The two have a type each and are laid out alike; what
   * apk writes has arrays under the type of objects.
   */
  node(word: number): AdbNode | undefined {
    if (word === 0) return undefined;
    if (word >>> 28 < arrayType || word >>> 28 > objectType) {
      throw this.error(`expected an object or array, found ${describe(word)}`);
    }
    const at = word & placeMask;
    const count = this.wordAt(at);
    if (at % 4 !== 0 || count === 0 || at + 4 * count > this.payload.length) {
      throw this.error(`an array or object at ${String(at)} does not fit`);
    }
    this.#spend(4 * count);
    return new AdbNode(this, at, count);
  }

  /** The bytes that a word stands for, not copied; undefined for null. */
  blob(word: number): Buffer | undefined {
    if (word === 0) return undefined;
    const lengthBytes = blobLengths.get(word >>> 28);
    if (lengthBytes === undefined) throw this.error(`expected bytes, found ${describe(word)}`);
    const at = word & placeMask;
    const start = at + lengthBytes;
    if (start > this.payload.length) throw this.error(`bytes at ${String(at)} do not fit`);
    const end = start + this.payload.readUIntLE(at, lengthBytes);
    if (end > this.payload.length) throw this.error(`bytes at ${String(at)} do not fit`);
    this.#spend(end - start);
    return this.payload.subarray(start, end);
  }

  /** UTF-8 text; "" for null. Other bytes are refused: decoded, they could pass for another name. The same text is decoded once. */
  text(word: number): string {
    const known = this.#texts.get(word);
    if (known !== undefined) return known;
    const bytes = this.blob(word) ?? noBytes;
    const text = bytes.toString("utf8");
    if (text.includes("\ufffd") && !Buffer.from(text).equals(bytes)) throw this.error("a text in it is not UTF-8");
    this.#texts.set(word, text);
    return text;
  }

  /** A number; undefined for null. */
  integer(word: number): number | undefined {
    if (word === 0) return undefined;
    const place = word & placeMask;
    switch (word >>> 28) {
      case 1:
        return place;
      case 2:
        return this.wordAt(place);
      case 3: {
        const value = this.wordAt(place) + this.wordAt(place + 4) * 2 ** 32;
        if (Number.isSafeInteger(value)) return value;
        throw this.error(`the number at ${String(place)} is too large`);
      }
      default:
        throw this.error(`expected a number, found ${describe(word)}`);
    }
  }

  wordAt(at: number): number {
    if (at + 4 > this.payload.length) throw this.error(`a value at ${String(at)} is outside of the metadata`);
    return this.payload.readUInt32LE(at);
  }

  error(message: string): Error {
    return malformedAdb(this.#subject, message);
  }

  #spend(bytes: number): void {
    this.#leftBytes -= bytes;
    if (this.#leftBytes < 0) throw this.error("its values refer to each other more often than any writer makes them");
  }
}

/** An object or array: its slots are counted from 1, and those that are not there are null. */
export class AdbNode {
  readonly values: AdbValues;
  /** Where it stands: equal nodes of one writer stand at one place. */
  readonly at: number;
  readonly #count: number;

  constructor(values: AdbValues, at: number, count: number) {
    this.values = values;
    this.at = at;
    this.#count = count;
  }

  /** Slots, whether or not there is something in them. */
  get length(): number {
    return this.#count - 1;
  }

  word(slot: number): number {
    return slot < this.#count ? this.values.payload.readUInt32LE(this.at + 4 * slot) : 0;
  }

  integer(slot: number): number | undefined {
    return this.values.integer(this.word(slot));
  }

  text(slot: number): string {
    return this.values.text(this.word(slot));
  }

  blob(slot: number): Buffer | undefined {
    return this.values.blob(this.word(slot));
  }

  node(slot: number): AdbNode | undefined {
    return this.values.node(this.word(slot));
  }

  /** The objects of an array. @throws ApkError …_FORMAT where one is null */
  *objects(): Generator<AdbNode> {
    for (let slot = 1; slot <= this.length; slot += 1)
      yield this.node(slot) ?? this.refuse("an object of a list is null");
  }

  texts(): string[] {
    return Array.from({ length: this.length }, (_, index) => this.text(index + 1));
  }

  refuse(message: string): never {
    throw this.values.error(message);
  }
}

const headerBytes = 8;
const placeMask = 0x0fff_ffff;
const arrayType = 0xd;
const objectType = 0xe;
const blobLengths = new Map([
  [8, 1],
  [9, 2],
  [0xa, 4],
]);
const noBytes = Buffer.alloc(0);

/** Genuine files read each byte once or twice: shared lists and owners are remembered, shared files are not. */
const mostReadings = 8;

function describe(word: number): string {
  return `0x${word.toString(16).padStart(8, "0")}`;
}
