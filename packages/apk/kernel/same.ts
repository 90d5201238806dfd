/** Are the bytes at two addresses the same? */
export function isSame(a: usize, b: usize, length: i32): bool {
  let at = 0;
  for (; at + 8 <= length; at += 8) if (load<u64>(a + at) != load<u64>(b + at)) return false;
  for (; at < length; at += 1) if (load<u8>(a + at) != load<u8>(b + at)) return false;
  return true;
}
