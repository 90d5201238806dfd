/** How many of the bytes from `start` on, and before `end`, are decimal digits; none behind the first `most` is looked at. */
export function countDigits(start: usize, end: usize, most: i32): i32 {
  let count = 0;
  while (count < most && start + count < end && load<u8>(start + count) - 0x30 <= 9) count += 1;
  return count;
}

/** The number that so many digits say. */
export function decimal(start: usize, count: i32): i64 {
  let value: i64 = 0;
  for (let at = start; at < start + count; at += 1) value = value * 10 + (load<u8>(at) - 0x30);
  return value;
}
