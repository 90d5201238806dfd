import { createInflateRaw, crc32, type InflateRaw } from "node:zlib";
import { defaultLimits } from "@apkmill/core";
import {
  asGzipError,
  gzipHeaderLength,
  gzipTrailerBytes,
  requireTrailer,
  trailingGzip,
  truncatedGzip,
} from "./gzip-header.ts";
import { requireUnpacked } from "./unpacked-size.ts";

export interface GunzipOptions {
  /** Names the input in messages. */
  readonly what?: string;
  /** Upper bound of the unpacked size. */
  readonly limitBytes?: number;
  /** How many times the packed size may come out, once 64 MiB have. */
  readonly ratio?: number;
  /** Expected unpacked size, where it is known: small ones then take small buffers. */
  readonly sizeHintBytes?: number;
}

const maxChunkBytes = 1 << 18;

/**
 * The content of one gzip member, inflated in zlib's threads while the caller works on the chunk before.
 * The member must be all there is: a second one or trailing bytes are refused, as is a wrong CRC or length. (zlib's own
 * gunzip reads several members as one and ignores garbage, so that a package could say two things.)
 * @throws ArchiveError ARCHIVE_GZIP_… · CoreError LIMIT_EXCEEDED · whatever `source` throws
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  { what = "gzip", limitBytes = defaultLimits.dataBytes, ratio, sizeHintBytes = maxChunkBytes }: GunzipOptions = {},
): AsyncGenerator<Buffer> {
  const chunkSize = Math.max(16 * 1024, Math.min(maxChunkBytes, sizeHintBytes));
  // One chunk may wait while the caller works on another and zlib fills a third.
  const options = { chunkSize, readableHighWaterMark: 2 * chunkSize };
  const inflate = createInflateRaw(options);
  const consumer = { gone: false };
  const feeding = feed(source, inflate, consumer, what);
  // The feeder's failure arrives through the stream; this keeps it from being reported as unhandled before that.
  feeding.catch(() => undefined);
  let crc = 0;
  let sizeBytes = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      requireUnpacked(what, sizeBytes, inflate.bytesWritten, { limitBytes, limitName: "dataBytes", ratio });
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (cause) {
    throw asGzipError(cause, what);
  } finally {
    if (!inflate.readableEnded) consumer.gone = true;
    inflate.destroy();
    // The source is the caller's again only when the feeder has let go of it.
    if (consumer.gone) await feeding.catch(() => undefined);
  }
  const { tail, compressedBytes } = await feeding;
  requireEnd(inflate.bytesWritten, compressedBytes, what);
  requireTrailer(tail, { crc, sizeBytes }, what);
}

interface Fed {
  /** The last eight bytes of the input. */
  readonly tail: Buffer;
  /** Bytes of the input behind the gzip header. */
  readonly compressedBytes: number;
}

/** Writes the input behind its gzip header into zlib; goes on reading when zlib has had enough, to see what follows. */
async function feed(
  source: AsyncIterable<Uint8Array>,
  inflate: InflateRaw,
  consumer: { readonly gone: boolean },
  what: string,
): Promise<Fed> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  let compressedBytes = 0;
  try {
    for await (const chunk of source) {
      let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (head !== undefined) {
        // A first chunk of megabytes is not copied.
        head = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
        const length = gzipHeaderLength(head, what);
        if (length === undefined) continue;
        bytes = head.subarray(length);
        head = undefined;
      }
      compressedBytes += bytes.length;
      tail = lastBytes(tail, bytes);
      await write(inflate, bytes);
      if (consumer.gone) break;
    }
    if (head !== undefined) throw truncatedGzip(what);
    inflate.end();
  } catch (cause) {
    inflate.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    throw cause;
  }
  return { tail, compressedBytes };
}

function lastBytes(before: Buffer, bytes: Buffer): Buffer {
  const joined = bytes.length < gzipTrailerBytes ? Buffer.concat([before, bytes]) : bytes;
  return Buffer.from(joined.subarray(Math.max(0, joined.length - gzipTrailerBytes)));
}

/** Resolves when zlib took the bytes, or will take no more: once its stream has ended it calls nobody back. */
function write(inflate: InflateRaw, bytes: Buffer): Promise<void> {
  if (inflate.readableEnded || inflate.destroyed || bytes.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      inflate.off("end", done);
      inflate.off("close", done);
      resolve();
    };
    inflate.once("end", done);
    inflate.once("close", done);
    inflate.write(bytes, done);
  });
}

/** The deflate stream and eight bytes must be the whole input. @throws ArchiveError ARCHIVE_GZIP_TRAILING, _TRUNCATED */
function requireEnd(deflateBytes: number, compressedBytes: number, what: string): void {
  const trailing = compressedBytes - deflateBytes - gzipTrailerBytes;
  if (trailing < 0) throw truncatedGzip(what);
  if (trailing > 0) throw trailingGzip(what, trailing);
}
