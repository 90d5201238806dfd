/** Bytes that come in chunks, read in the lengths that a format asks for. */
export class ByteStream {
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #ended: () => Error;
  #chunk: Buffer = Buffer.alloc(0);
  /** Bytes read so far. */
  position = 0;

  /** `ended` makes the error for a source that has fewer bytes than are asked for. */
  constructor(source: AsyncIterable<Uint8Array>, ended: () => Error) {
    this.#input = source[Symbol.asyncIterator]();
    this.#ended = ended;
  }

  /** Exactly `sizeBytes` bytes. Memory grows with what has come, not with what was asked for. */
  async read(sizeBytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.pass(sizeBytes)) parts.push(part);
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** The next `sizeBytes` bytes as they come. */
  async *pass(sizeBytes: number): AsyncGenerator<Buffer> {
    for (let left = sizeBytes; left > 0;) {
      if (!(await this.#hasMore())) throw this.#ended();
      const part = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(part.length);
      this.position += part.length;
      left -= part.length;
      yield part;
    }
  }

  /** True when the source has ended. */
  async isAtEnd(): Promise<boolean> {
    return !(await this.#hasMore());
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#input.return?.();
  }

  async #hasMore(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#input.next();
      if (next.done === true) return false;
      this.#chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  }
}
