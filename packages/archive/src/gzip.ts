import { constants, crc32, deflateRaw, type ZlibOptions } from "node:zlib";
import { blocksOf, guarded } from "./blocks.ts";
import { gzipHeader, gzipTrailer } from "./gzip-header.ts";

/**
 * A gzip writer that uses every core and gives the same bytes on any number of them.
 *
 * The input is cut into blocks of a fixed size. Each is deflated apart, primed with the 32 KiB before it as its
 * dictionary so that little is lost, and ended by a sync flush, so that the pieces join into one deflate stream inside
 * one member (apk refuses data of several members). Only the order of the pieces matters, never which was done first.
 */

const blockBytes = 256 * 1024;
const windowBytes = 32 * 1024;
/** Blocks under way at once: a libuv pool has four threads. A number here changes speed and memory, not bytes. */
const inFlight = 6;
/** Between levels 4 and 6 there are 2.5 % of size and half the speed. */
const level = 4;

/**
 * Names everything that the bytes depend on beside the content, for whoever remembers them: the parameters, and the library, of
 * which another version may find other matches.
 */
export const gzipWriter = `gzip ${process.versions.zlib} level ${String(level)} blocks ${String(blockBytes)}`;

/** The gzip member of everything that `source` gives; mtime 0, no name, no system. */
export async function* gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  yield gzipHeader;
  const pending: Promise<Buffer>[] = [];
  let dictionary: Buffer | undefined;
  let crc = 0;
  let sizeBytes = 0;
  for await (const { block, last } of blocksOf(source, blockBytes)) {
    crc = crc32(block, crc);
    sizeBytes += block.length;
    pending.push(guarded(deflateBlock(block, dictionary, last)));
    dictionary = block.length >= windowBytes ? block.subarray(block.length - windowBytes) : undefined;
    if (pending.length >= inFlight) yield await shift(pending);
  }
  while (pending.length > 0) yield await shift(pending);
  yield gzipTrailer(crc, sizeBytes);
}

/** The gzip member of bytes in memory: what {@link gzip} gives for them, in one buffer. */
export async function gzipBytes(bytes: Uint8Array): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of gzip(once(bytes))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

async function shift(pending: Promise<Buffer>[]): Promise<Buffer> {
  return (await pending.shift()) ?? Buffer.alloc(0);
}

function deflateBlock(block: Buffer, dictionary: Buffer | undefined, last: boolean): Promise<Buffer> {
  const options: ZlibOptions = {
    level,
    finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    chunkSize: blockBytes,
    ...(dictionary === undefined ? {} : { dictionary }),
  };
  return new Promise((resolve, reject) => {
    deflateRaw(block, options, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}
