import { crc32, createInflateRaw } from "node:zlib";
import { writeTo } from "./engine.ts";
import { withoutHighestBit } from "./wrapper.ts";

/**
 * Says whether a deflate stream decodes to the same without the highest bit that is set in its last byte, in which case no
 * code needs that bit. zlib does not tell how many bits it has used, so a second inflater reads the changed stream beside
 * the first, in a thread of its own.
 */
export class LastByteProbe {
  readonly #engine = createInflateRaw({ chunkSize: 1 << 18 });
  #held: number | undefined;
  #crc = 0;
  #sizeBytes = 0;

  constructor() {
    this.#engine.on("data", (chunk: Buffer) => {
      this.#crc = crc32(chunk, this.#crc);
      this.#sizeBytes += chunk.length;
    });
    // A broken stream is the first inflater's to report; here it is the answer "not the same".
    this.#engine.on("error", () => undefined);
  }

  /** Takes the next bytes of the stream; the last one waits, as it may be the very last. */
  async write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    if (this.#held !== undefined) await writeTo(this.#engine, Buffer.from([this.#held]));
    await writeTo(this.#engine, chunk.subarray(0, -1));
    this.#held = chunk.at(-1);
  }

  async isSame({ crc, sizeBytes }: { readonly crc: number; readonly sizeBytes: number }): Promise<boolean> {
    const last = this.#held ?? 0;
    if (last === 0 || this.#engine.destroyed) return false;
    const ended = new Promise<boolean>((resolve) => {
      this.#engine.once("end", () => {
        resolve(true);
      });
      this.#engine.once("close", () => {
        resolve(false);
      });
    });
    this.#engine.end(Buffer.from([withoutHighestBit(last)]));
    return (await ended) && crc === this.#crc && sizeBytes === this.#sizeBytes;
  }

  close(): void {
    this.#engine.destroy();
  }
}
