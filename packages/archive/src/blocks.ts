/**
 * Copies the input into blocks of exactly `blockBytes`; the last may be shorter, and is there even when empty. So what is made of
 * each block does not depend on how the input came.
 */
export async function* blocksOf(
  source: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<{ readonly block: Buffer; readonly last: boolean }> {
  let block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length;) {
      if (filled === blockBytes) {
        yield { block, last: false };
        block = Buffer.allocUnsafe(blockBytes);
        filled = 0;
      }
      const count = Math.min(chunk.length - offset, blockBytes - filled);
      block.set(chunk.subarray(offset, offset + count), filled);
      filled += count;
      offset += count;
    }
  }
  yield { block: block.subarray(0, filled), last: true };
}

/** A failure is seen when its turn comes, not reported as unhandled while earlier blocks are awaited. */
export function guarded(block: Promise<Buffer>): Promise<Buffer> {
  block.catch(() => undefined);
  return block;
}
