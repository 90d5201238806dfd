/** What {@link octal} says of a field that is no octal number. */
export const notOctal: i64 = -1;

const space: u8 = 0x20;

/** Octal digits with leading spaces, ended by a NUL, a space or the field. An empty field is 0. The engine reads them so, too. */
export function octal(field: usize, length: i32): i64 {
  const end = field + length;
  let at = field;
  while (at < end && load<u8>(at) == space) at += 1;
  let value: i64 = 0;
  for (; at < end; at += 1) {
    const digit = load<u8>(at) - 0x30;
    if (digit > 7) break;
    value = value * 8 + digit;
  }
  if (at == end) return value;
  const last = load<u8>(at);
  return last == 0 || last == space ? value : notOctal;
}
