/**
 * Gives the memory of a chunk back now, and not when it is next collected: the next chunk is made of it, where fresh memory costs as much
 * as what is done with it, and the collector need not run for the sake of a few small objects with large buffers behind them. The chunk
 * is empty afterwards. One that is only a part of its buffer is left alone.
 *
 * Only for who knows that nobody else holds the chunk.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
