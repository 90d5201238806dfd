/**
 * Writes rows of facts as the engine's JSON has them (`data-facts.ts`). Texts are plain, so that they stand between quotes as they are.
 */
export class Rows {
  end: usize;

  constructor(readonly start: usize) {
    this.end = start;
  }

  clear(): void {
    this.end = this.start;
  }

  byte(byte: u8): void {
    store<u8>(this.end, byte);
    this.end += 1;
  }

  comma(): void {
    this.byte(0x2c);
  }

  /** A text in quotes. */
  text(address: usize, length: i32): void {
    this.byte(0x22);
    memory.copy(this.end, address, length);
    this.end += length;
    this.byte(0x22);
  }

  letter(letter: u8): void {
    this.byte(0x22);
    this.byte(letter);
    this.byte(0x22);
  }

  /** So many zeros in quotes. */
  zeros(count: i32): void {
    this.byte(0x22);
    memory.fill(this.end, 0x30, count);
    this.end += count;
    this.byte(0x22);
  }

  number(value: i64): void {
    let digits = 1;
    for (let rest = value / 10; rest > 0; rest /= 10) digits += 1;
    let rest = value;
    for (let at = this.end + digits - 1; at >= this.end; at -= 1) {
      store<u8>(at, (0x30 + (rest % 10)) as u8);
      rest /= 10;
    }
    this.end += digits;
  }
}
