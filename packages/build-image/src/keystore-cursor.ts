/** A position in the bytes of a Java key store that never leaves them. */
export class KeystoreCursor {
  position = 0;
  readonly #bytes: Buffer;
  readonly #damaged: (problem: string) => Error;

  /** @param damaged makes the error that is thrown where the bytes end too early */
  constructor(bytes: Buffer, damaged: (problem: string) => Error) {
    this.#bytes = bytes;
    this.#damaged = damaged;
  }

  /** Passes over bytes that are there. */
  skip(length: number): void {
    if (length > this.#bytes.length - this.position) throw this.#damaged("it ends in the middle of an entry");
    this.position += length;
  }

  /** Four bytes, the highest first. */
  integer(): number {
    this.skip(4);
    return this.#bytes.readUInt32BE(this.position - 4);
  }

  /** A number of things, each of which takes some bytes. */
  count(): number {
    const count = this.integer();
    if (count > (this.#bytes.length - this.position) / 6) throw this.#damaged("it has fewer entries than it says");
    return count;
  }

  /** Text as one character for each byte. */
  text(): string {
    this.skip(2);
    const length = this.#bytes.readUInt16BE(this.position - 2);
    this.skip(length);
    return this.#bytes.toString("latin1", this.position - length, this.position);
  }
}
