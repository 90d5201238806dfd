import { ArchiveError } from "./archive-error.ts";

/**
 * Where do the frames of a zstd stream end (RFC 8878 §3.1)?
 *
 * A stream may hold several frames, and frames to be skipped: layers that can be fetched file by file are written so. zlib's
 * decoder ends at the first end of a frame that is not the end of a chunk, and takes no notice of what follows. So the sizes
 * in the headers are followed here, without unpacking anything: header, blocks, checksum.
 */
interface Step {
  /** Bytes of the header that says what comes next. */
  readonly headerBytes: number;
  read(header: Buffer, what: string): Passage;
}

interface Passage {
  /** Bytes to pass over before the next step. */
  readonly bodyBytes: number;
  /** Undefined: the frame ends behind the body. */
  readonly next: Step | undefined;
}

const frameMagic = 0xfd2fb528;
/** The last four bits are free for whoever writes. */
const skippableMagic = 0x184d2a50;
/** By the two bits of the descriptor that say so. */
const dictionaryBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];
const runBlock = 1;
const reservedBlock = 3;

const magic: Step = {
  headerBytes: 4,
  read: (header, what) => {
    const found = header.readUInt32LE(0);
    if (found === frameMagic) return { bodyBytes: 0, next: descriptor };
    if ((found & ~0xf) === skippableMagic) return { bodyBytes: 0, next: skippedSize };
    const expected = "expected the bytes 28 b5 2f fd";
    throw new ArchiveError("ARCHIVE_ZSTD_FORMAT", `${what}: not zstd: ${expected}, found ${header.toString("hex")}`);
  },
};

const skippedSize: Step = {
  headerBytes: 4,
  read: (header) => ({ bodyBytes: header.readUInt32LE(0), next: undefined }),
};

const descriptor: Step = {
  headerBytes: 1,
  read: (header) => {
    const flags = header.readUInt8(0);
    const isSingleSegment = (flags & 0x20) !== 0;
    const window = isSingleSegment ? 0 : 1;
    const sizeCode = flags >> 6;
    const size = sizeCode === 0 && isSingleSegment ? 1 : (contentSizeBytes[sizeCode] ?? 0);
    const checksumBytes = (flags & 4) === 0 ? 0 : 4;
    return { bodyBytes: window + (dictionaryBytes[flags & 3] ?? 0) + size, next: block(checksumBytes) };
  },
};

function block(checksumBytes: number): Step {
  const step: Step = {
    headerBytes: 3,
    read: (header, what) => {
      const bits = header.readUIntLE(0, 3);
      const type = (bits >> 1) & 3;
      if (type === reservedBlock)
        throw new ArchiveError("ARCHIVE_ZSTD_FORMAT", `${what}: broken zstd data: a block of the reserved type`);
      const bodyBytes = type === runBlock ? 1 : bits >> 3;
      const isLast = (bits & 1) === 1;
      return isLast ? { bodyBytes: bodyBytes + checksumBytes, next: undefined } : { bodyBytes, next: step };
    },
  };
  return step;
}

/** Follows a stream that comes in chunks of any size. */
export class ZstdFrames {
  readonly #what: string;
  #step: Step = magic;
  #header = Buffer.alloc(0);
  /** What stands between here and the next header; undefined while a header is gathered. */
  #passage: Passage | undefined;
  #passed = 0;
  /** Whole frames so far. */
  count = 0;

  /** @param what names the input in messages */
  constructor(what: string) {
    this.#what = what;
  }

  /** True between frames, where a stream may end. */
  get isBetween(): boolean {
    return this.#step === magic && this.#header.length === 0 && this.#passage === undefined;
  }

  /**
   * `chunk` in pieces of which none goes beyond the end of a frame.
   * @throws ArchiveError ARCHIVE_ZSTD_FORMAT
   */
  *pieces(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let offset = 0; offset < chunk.length || this.#isComplete();) {
      offset += this.#passage === undefined ? this.#gather(chunk, offset) : this.#pass(chunk.length - offset);
      if (!this.#isComplete()) continue;
      const ended = this.#passage?.next === undefined;
      this.#step = this.#passage?.next ?? magic;
      this.#passage = undefined;
      if (!ended) continue;
      this.count += 1;
      yield chunk.subarray(start, offset);
      start = offset;
    }
    if (start < chunk.length) yield chunk.subarray(start);
  }

  #isComplete(): boolean {
    return this.#passage !== undefined && this.#passed === this.#passage.bodyBytes;
  }

  /** Takes bytes of a header; when it is whole, the passage behind it begins. Returns how many bytes it took. */
  #gather(chunk: Buffer, offset: number): number {
    const missing = this.#step.headerBytes - this.#header.length;
    const bytes = chunk.subarray(offset, offset + missing);
    this.#header = Buffer.concat([this.#header, bytes]);
    if (bytes.length < missing) return bytes.length;
    this.#passage = this.#step.read(this.#header, this.#what);
    this.#passed = 0;
    this.#header = Buffer.alloc(0);
    return bytes.length;
  }

  #pass(availableBytes: number): number {
    const bytes = Math.min(availableBytes, (this.#passage?.bodyBytes ?? 0) - this.#passed);
    this.#passed += bytes;
    return bytes;
  }
}
