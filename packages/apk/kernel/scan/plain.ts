/** Texts that stand in JSON as they are, and that nothing refuses: ASCII without control characters, quotes and backslashes. */
export function isPlain(address: usize, length: i32): bool {
  for (let at = address; at < address + length; at += 1) {
    const byte = load<u8>(at);
    if (byte < 0x20 || byte >= 0x7f || byte == 0x22 || byte == 0x5c) return false;
  }
  return true;
}

/** The text in a field of a header: it ends at the first NUL, or with the field. */
export function textLength(address: usize, most: i32): i32 {
  let length = 0;
  while (length < most && load<u8>(address + length) != 0) length += 1;
  return length;
}

/** 40 hex digits, small ones. */
export function isSum(address: usize, length: i32): bool {
  if (length != sumBytes) return false;
  for (let at = address; at < address + sumBytes; at += 1) {
    const byte = load<u8>(at);
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}

/** A SHA-1 in hex. */
export const sumBytes = 40;
