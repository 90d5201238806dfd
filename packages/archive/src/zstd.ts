import { constants, zstdCompress } from "node:zlib";
import { blocksOf, guarded } from "./blocks.ts";

/**
 * A zstd writer that uses every core and gives the same bytes on any number of them.
 *
 * zlib's own stream gives other bytes when its input is cut otherwise. So the input is cut into blocks of a fixed size, and each
 * becomes a frame of its own, with its length and a checksum: a stream of frames is what a zstd stream is (RFC 8878 §3.1).
 * zstd's threads, which cut in their own way, stay off.
 */

/** A match at this level reaches 2 MiB back at most, so that larger blocks would save next to nothing. */
const blockBytes = 4 * 1024 * 1024;
/** Blocks under way at once. A number here changes speed and memory, not bytes. */
const inFlight = 3;
/** The default of zstd: a tenth smaller than what gzip.ts gives, in half the time. */
const level = 3;

const params = {
  [constants.ZSTD_c_compressionLevel]: level,
  [constants.ZSTD_c_checksumFlag]: 1,
  [constants.ZSTD_c_contentSizeFlag]: 1,
  [constants.ZSTD_c_nbWorkers]: 0,
};

/**
 * Names everything that the bytes depend on beside the content, for whoever remembers them: block size, level, and the library,
 * of which another version may find other matches.
 */
export const zstdWriter = `zstd ${process.versions.zstd ?? ""} level ${String(level)} blocks ${String(blockBytes)}`;

/** The zstd stream of everything that `source` gives. */
export async function* zstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const pending: Promise<Buffer>[] = [];
  for await (const { block } of blocksOf(source, blockBytes)) {
    pending.push(guarded(compressBlock(block)));
    if (pending.length >= inFlight) yield (await pending.shift()) ?? Buffer.alloc(0);
  }
  for (const block of pending) yield await block;
}

function compressBlock(block: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { params, chunkSize: 1 << 20, pledgedSrcSize: block.length };
    zstdCompress(block, options, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}
