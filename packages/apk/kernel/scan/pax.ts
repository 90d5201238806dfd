import { countDigits, decimal } from "./digits";
import { isPlain, isSum } from "./plain";

const space: u8 = 0x20;
const newline: u8 = 0x0a;
const equals: u8 = 0x3d;
const point: u8 = 0x2e;
const zero: u8 = 0x30;

const mostLengthDigits = 9;
/** As many as are read as a time. */
const mostTimeDigits = 16;

/** The records that stand before a header (POSIX.1-2001, `LENGTH KEY=VALUE\n`), where they say no more than those of packages do. */
export class Pax {
  /** Addresses of values; 0 where there is none. */
  path: usize = 0;
  pathLength: i32 = 0;
  link: usize = 0;
  linkLength: i32 = 0;
  /** 40 hex digits. */
  sum: usize = 0;
  /** Whole seconds; -1 where it is not said. */
  mtime: i64 = -1;

  clear(): void {
    this.path = 0;
    this.link = 0;
    this.sum = 0;
    this.mtime = -1;
  }

  /** Reads all records between two addresses; false where one is malformed or has another key. Of one key the last counts. */
  read(start: usize, end: usize): bool {
    for (let at = start; at < end;) {
      const digits = countDigits(at, end, mostLengthDigits);
      const next = at + (decimal(at, digits) as usize);
      if (digits == 0 || load<u8>(at) == zero || next > end) return false;
      if (!this.readRecord(at + digits, next - 1)) return false;
      at = next;
    }
    return true;
  }

  /** Reads the record whose length ends at `start`, and whose line break stands at `end`. */
  private readRecord(start: usize, end: usize): bool {
    if (end <= start || load<u8>(start) != space || load<u8>(end) != newline) return false;
    const key = start + 1;
    let sign = key;
    while (sign < end && load<u8>(sign) != equals) sign += 1;
    return sign < end && this.take(key, (sign - key) as i32, sign + 1, ((end - sign) as i32) - 1);
  }

  private take(key: usize, keyLength: i32, value: usize, length: i32): bool {
    if (isText(key, keyLength, "APK-TOOLS.checksum.SHA1")) {
      this.sum = value;
      return isSum(value, length);
    }
    if (isText(key, keyLength, "path")) {
      this.path = value;
      this.pathLength = length;
      return isPlain(value, length);
    }
    if (isText(key, keyLength, "linkpath")) {
      this.link = value;
      this.linkLength = length;
      return isPlain(value, length);
    }
    if (isText(key, keyLength, "mtime")) return this.takeTime(value, length);
    return isText(key, keyLength, "atime") || isText(key, keyLength, "ctime");
  }

  /** Digits, and perhaps a fraction. */
  private takeTime(value: usize, length: i32): bool {
    const end = value + length;
    const digits = countDigits(value, end, mostTimeDigits);
    this.mtime = decimal(value, digits);
    const fraction = value + digits + 1;
    if (digits == length) return digits > 0;
    return (
      digits > 0 && load<u8>(fraction - 1) == point && countDigits(fraction, end, length) == ((end - fraction) as i32)
    );
  }
}

function isText(address: usize, length: i32, text: string): bool {
  if (length != text.length) return false;
  for (let index = 0; index < length; index += 1) {
    if ((load<u8>(address + index) as i32) != text.charCodeAt(index)) return false;
  }
  return true;
}
