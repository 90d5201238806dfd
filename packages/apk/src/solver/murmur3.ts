/**
 * MurmurHash3, 32 bits, of `bytes[start..end)` (Austin Appleby's public-domain algorithm).
 * The order of apk's changes follows from its table of names, which hashes with this function and the seed 5381.
 */
export function murmur3(bytes: Uint8Array, start: number, end: number, seed: number): number {
  const whole = start + ((end - start) & ~3);
  let hash = seed | 0;
  for (let at = start; at < whole; at += 4) {
    const word =
      byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    hash = (Math.imul(rotate(hash ^ scramble(word), 13), 5) + 0xe6546b64) | 0;
  }
  if (whole < end) {
    let rest = 0;
    for (let at = end - 1; at >= whole; at -= 1) rest = (rest << 8) | byte(bytes, at);
    hash ^= scramble(rest);
  }
  hash ^= end - start;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** What a step of the hash makes of four bytes. */
export function scramble(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

export function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
