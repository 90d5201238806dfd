import { crc32 } from "node:zlib";
import { defaultLimits } from "@apkmill/core";
import { openDirectInflate, type DirectInflate } from "./direct-inflate.ts";
import type { GunzipOptions } from "./gunzip.ts";
import {
  asGzipError,
  gzipHeaderLength,
  gzipTrailerBytes,
  requireTrailer,
  trailingGzip,
  truncatedGzip,
} from "./gzip-header.ts";
import { requireUnpacked } from "./unpacked-size.ts";

/** One gzip member that is pushed, chunk by chunk, and inflated at once in the caller's thread. */
export interface PushGunzip {
  /** @throws ArchiveError ARCHIVE_GZIP_FORMAT · CoreError LIMIT_EXCEEDED · what the taker throws */
  push(chunk: Buffer): void;
  /** No more input. @throws ArchiveError ARCHIVE_GZIP_TRUNCATED, ARCHIVE_GZIP_TRAILING, ARCHIVE_GZIP_CHECKSUM */
  end(): void;
  /** To be called at the end, and after any error. */
  close(): void;
}

/**
 * The counterpart of `gunzip` for a thread that has nothing else to do, with the same judgement on the member. `take` gets views
 * that the next piece overwrites.
 */
export function createPushGunzip(
  take: (piece: Buffer) => void,
  options: GunzipOptions = {},
  engine: DirectInflate = openDirectInflate(options.limitBytes ?? defaultLimits.dataBytes),
): PushGunzip {
  return new Member(take, options, engine);
}

class Member implements PushGunzip {
  readonly #take: (piece: Buffer) => void;
  readonly #what: string;
  readonly #limits: {
    readonly limitBytes: number;
    readonly limitName: "dataBytes";
    readonly ratio: number | undefined;
  };
  readonly #engine: DirectInflate;
  /** The bytes so far while the header is not complete. */
  #head: Buffer | undefined = Buffer.alloc(0);
  /** The beginning of what stands behind the deflate stream, and all its bytes. */
  #tail = Buffer.alloc(0);
  #tailBytes = 0;
  #packedBytes = 0;
  #sizeBytes = 0;
  #crc = 0;

  constructor(
    take: (piece: Buffer) => void,
    { what = "gzip", limitBytes = defaultLimits.dataBytes, ratio }: GunzipOptions,
    engine: DirectInflate,
  ) {
    this.#take = take;
    this.#what = what;
    this.#limits = { limitBytes, limitName: "dataBytes", ratio };
    this.#engine = engine;
  }

  push(chunk: Buffer): void {
    const deflated = this.#head === undefined ? chunk : this.#behindHeader(Buffer.concat([this.#head, chunk]));
    if (deflated.length === 0) return;
    this.#packedBytes += deflated.length;
    const behind = this.#tailBytes > 0 ? deflated : this.#inflating(() => this.#engine.inflate(deflated, this.#count));
    this.#keepTail(behind);
  }

  end(): void {
    if (this.#head !== undefined) throw truncatedGzip(this.#what);
    this.#keepTail(this.#inflating(() => this.#engine.finish(this.#count)));
    if (this.#tailBytes < gzipTrailerBytes) throw truncatedGzip(this.#what);
    if (this.#tailBytes > gzipTrailerBytes) throw trailingGzip(this.#what, this.#tailBytes - gzipTrailerBytes);
    requireTrailer(this.#tail, { crc: this.#crc, sizeBytes: this.#sizeBytes }, this.#what);
  }

  close(): void {
    this.#engine.close();
  }

  #behindHeader(bytes: Buffer): Buffer {
    const length = gzipHeaderLength(bytes, this.#what);
    this.#head = length === undefined ? bytes : undefined;
    return bytes.subarray(length ?? bytes.length);
  }

  #keepTail(behind: Buffer): void {
    if (behind.length === 0) return;
    this.#tailBytes += behind.length;
    this.#tail = Buffer.concat([this.#tail, behind.subarray(0, gzipTrailerBytes)]);
  }

  readonly #count = (piece: Buffer): void => {
    this.#sizeBytes += piece.length;
    requireUnpacked(this.#what, this.#sizeBytes, this.#packedBytes, this.#limits);
    this.#crc = crc32(piece, this.#crc);
    this.#take(piece);
  };

  #inflating(work: () => Buffer): Buffer {
    try {
      return work();
    } catch (cause) {
      throw asGzipError(cause, this.#what);
    }
  }
}
