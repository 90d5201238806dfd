import { setInt } from "../ints";
import { blockBytes } from "./header";

/** Kinds of what is to be hashed; the engine has the same numbers. */
const file = 0;
const beginningOfFile = 1;
const statedLink = 2;
const otherLink = 3;

/** Integers that say one: its kind, its address and length, where its entry's row begins, and where in it the sum stands. */
const width = 5;

/** The content of the present file, and a list of what in a window is to be hashed: contents of files, and targets of links. */
export class Content {
  /** The address of the list. */
  readonly parts: usize;
  partsCount: i32 = 0;
  /** Bytes of content that are still to come. They go by without being read here. */
  left: i64 = 0;
  /** Bytes behind them that fill the last block. */
  padding: i32 = 0;

  /** For at most so many at once. */
  constructor(most: i32) {
    this.parts = heap.alloc(most * width * 4);
  }

  clear(): void {
    this.partsCount = 0;
  }

  /** Takes what of a file's content stands between two addresses; returns where the next entry begins. */
  begin(bytes: i64, row: usize, sum: usize, at: usize, end: usize): usize {
    const here = min<i64>((end - at) as i64, bytes);
    this.left = bytes - here;
    this.padding = ((blockBytes - (bytes & (blockBytes - 1))) & (blockBytes - 1)) as i32;
    if (bytes > 0) this.list(this.left == 0 ? file : beginningOfFile, at, here as i32, row, sum);
    return this.pad(at + (here as usize), end);
  }

  /** Takes what fills the last block; returns what is behind it. */
  pad(at: usize, end: usize): usize {
    if (this.left > 0) return at;
    const bytes = min<i32>((end - at) as i32, this.padding);
    this.padding -= bytes;
    return at + bytes;
  }

  link(target: usize, length: i32, row: usize, sum: usize, isStated: bool): void {
    this.list(isStated ? statedLink : otherLink, target, length, row, sum);
  }

  private list(kind: i32, address: usize, length: i32, row: usize, sum: usize): void {
    const part = this.partsCount * width;
    setInt(this.parts, part, kind);
    setInt(this.parts, part + 1, address as i32);
    setInt(this.parts, part + 2, length);
    setInt(this.parts, part + 3, row as i32);
    setInt(this.parts, part + 4, sum as i32);
    this.partsCount += 1;
  }
}
