/** MurmurHash3, 32 bits, of `length` bytes at an address (Austin Appleby's public-domain algorithm). */
export function murmur3(address: usize, length: i32, seed: u32): u32 {
  const whole = length & ~3;
  let hash = seed;
  for (let at = 0; at < whole; at += 4) hash = rotl<u32>(hash ^ scramble(load<u32>(address + at)), 13) * 5 + 0xe6546b64;
  if (whole < length) {
    let rest: u32 = 0;
    for (let at = length - 1; at >= whole; at -= 1) rest = (rest << 8) | load<u8>(address + at);
    hash ^= scramble(rest);
  }
  hash ^= length;
  hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
  return hash ^ (hash >>> 16);
}

function scramble(word: u32): u32 {
  return rotl<u32>(word * 0xcc9e2d51, 15) * 0x1b873593;
}
