/**
 * Where does a zstd frame end? The decompressor reads on behind its frame and takes what follows for another one, or
 * ignores it, as chunks happen to fall; but what follows is not part of the package. A frame's blocks state their lengths
 * (RFC 8878, 3.1.1), so its end is found without decompressing.
 */
export class ZstdFrame {
  #state: "frame" | "block" | "end" = "frame";
  /** Bytes of the next header, as far as they are here. */
  #header: number[] = [];
  #skipBytes = 0;
  #checksumBytes = 0;
  /** False once something in it is not as the format says; the decompressor need not see it. */
  isValid = true;

  get isComplete(): boolean {
    return this.#state === "end" && this.#skipBytes === 0;
  }

  /** Takes the next bytes of the input; returns how many of them belong to the frame. */
  take(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.isValid && !this.isComplete) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, chunk.length - at);
        this.#skipBytes -= skipped;
        at += skipped;
      } else {
        this.#header.push(chunk[at] ?? 0);
        at += 1;
        this.#readHeader();
      }
    }
    return at;
  }

  #readHeader(): void {
    if (this.#state === "frame" && this.#header.length === frameStartBytes) this.#readFrame();
    else if (this.#state === "block" && this.#header.length === blockHeaderBytes) this.#readBlock();
  }

  #readFrame(): void {
    const descriptor = this.#header[4] ?? 0;
    const [sizeFlag, single] = [descriptor >>> 6, (descriptor >>> 5) & 1];
    // Bits 3 and 4 are reserved and unused; decoders pass over the latter.
    this.isValid = magic.every((byte, index) => this.#header[index] === byte) && (descriptor & 0x18) === 0;
    const contentSizeBytes = sizeFlag === 0 ? single : 1 << sizeFlag;
    this.#skipBytes = 1 - single + (dictionaryBytes[descriptor & 3] ?? 0) + contentSizeBytes;
    this.#checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
    this.#next("block");
  }

  #readBlock(): void {
    const [low = 0, middle = 0, high = 0] = this.#header;
    const header = low | (middle << 8) | (high << 16);
    const isLast = (header & 1) === 1;
    const isRepeat = ((header >>> 1) & 3) === 1;
    this.#skipBytes = (isRepeat ? 1 : header >>> 3) + (isLast ? this.#checksumBytes : 0);
    this.#next(isLast ? "end" : "block");
  }

  #next(state: "block" | "end"): void {
    this.#state = state;
    this.#header = [];
  }
}

const magic = [0x28, 0xb5, 0x2f, 0xfd];
const frameStartBytes = 5;
const blockHeaderBytes = 3;
const dictionaryBytes = [0, 1, 2, 4];
