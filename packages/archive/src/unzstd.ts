import { pipeline } from "node:stream/promises";
import { constants, createZstdDecompress, type ZstdDecompress } from "node:zlib";
import { defaultLimits } from "@apkmill/core";
import { ArchiveError } from "./archive-error.ts";
import type { GunzipOptions } from "./gunzip.ts";
import { requireUnpacked } from "./unpacked-size.ts";
import { ZstdFrames } from "./zstd-frames.ts";

/** As of gunzip. */
export type UnzstdOptions = GunzipOptions;

const maxChunkBytes = 1 << 18;
/** A frame may ask for so much memory (2^27 bytes), which is what `zstd --ultra --long` needs; Docker's reader gives as much. */
const windowLogMax = 27;
/** zstd packs thirty times as tight as deflate where there is nothing but zeros, so that what gzip may hold must pass here as well. */
const defaultRatio = 30 * defaultLimits.unpackRatio;

/**
 * The content of a zstd stream, unpacked in zlib's threads while the caller works on the chunk before. All frames are read,
 * and frames to be skipped are; bytes that are no frame are refused, as is a wrong checksum where a frame has one.
 * @throws ArchiveError ARCHIVE_ZSTD_… · CoreError LIMIT_EXCEEDED · whatever `source` throws
 */
export async function* unzstd(
  source: AsyncIterable<Uint8Array>,
  {
    what = "zstd",
    limitBytes = defaultLimits.dataBytes,
    ratio = defaultRatio,
    sizeHintBytes = maxChunkBytes,
  }: UnzstdOptions = {},
): AsyncGenerator<Buffer> {
  const decoder = openDecoder(sizeHintBytes);
  const feeding = pipeline(wholeFrames(source, what), decoder);
  // Its failure arrives through the stream; this keeps it from being reported as unhandled before that.
  feeding.catch(() => undefined);
  let sizeBytes = 0;
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      requireUnpacked(what, sizeBytes, decoder.bytesWritten, { limitBytes, limitName: "dataBytes", ratio });
      yield chunk;
    }
  } catch (cause) {
    throw isZstdError(cause) ? zstdError(cause, what) : cause;
  } finally {
    decoder.destroy();
    // The source is the caller's again only when the feeder has let go of it.
    await feeding.catch(() => undefined);
  }
}

function openDecoder(sizeHintBytes: number): ZstdDecompress {
  const chunkSize = Math.max(16 * 1024, Math.min(maxChunkBytes, sizeHintBytes));
  const params = { [constants.ZSTD_d_windowLogMax]: windowLogMax };
  // One chunk may wait while the caller works on another and zlib fills a third.
  const options = { chunkSize, params, readableHighWaterMark: 2 * chunkSize };
  return createZstdDecompress(options);
}

/** The input in pieces that end where frames end. @throws ArchiveError ARCHIVE_ZSTD_FORMAT, _TRUNCATED */
async function* wholeFrames(source: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames(what);
  for await (const chunk of source) yield* frames.pieces(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  if (frames.isBetween && frames.count > 0) return;
  throw new ArchiveError("ARCHIVE_ZSTD_TRUNCATED", `${what}: the zstd data ends early`, {
    hint: "fetch the file again; it is cut short",
  });
}

function isZstdError(cause: unknown): cause is Error & { code: string } {
  return cause instanceof Error && "errno" in cause && "code" in cause && /^Z(STD)?_/.test(String(cause.code));
}

function zstdError(cause: Error & { code: string }, what: string): ArchiveError {
  const isChecksum = cause.code === "ZSTD_error_checksum_wrong";
  return new ArchiveError(
    isChecksum ? "ARCHIVE_ZSTD_CHECKSUM" : "ARCHIVE_ZSTD_FORMAT",
    `${what}: broken zstd data: ${cause.message}`,
    { hint: "fetch the file again; it is damaged", cause },
  );
}
