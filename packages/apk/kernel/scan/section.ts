import { Content } from "./content";
import { Count } from "./count";
import { Entry } from "./entry";
import { blockBytes } from "./header";
import { Head, mostHeadBytes } from "./head";
import { Paths } from "./paths";
import { Rows } from "./rows";

/** A row takes fewer bytes than this, and its entry's head. */
const rowBytes = 512;

function isZero(start: usize, end: usize): bool {
  for (let at = start; at < end; at += 1) if (load<u8>(at) != 0) return false;
  return true;
}

/** A section that is read through a window, piece by piece. */
export class Section {
  /** The address of the window; before it there is room for a head that has begun in the piece before. */
  readonly window: usize;
  readonly rows: Rows;
  readonly content: Content;
  /** Bytes of a head that is not complete. They stand directly before the window. */
  carriedBytes: i32 = 0;
  /** Where the entry begins that is not plain, or what is not zero behind the end. */
  stop: usize = 0;
  /** A block of zeros has come, behind which nothing else may. */
  hasEnded: bool = false;
  private readonly head: Head;
  private readonly entry: Entry;

  /** For pieces of at most `windowBytes`. */
  constructor(
    windowBytes: i32,
    readonly count: Count,
  ) {
    const bytes = mostHeadBytes + windowBytes;
    const entries = bytes / 512 + 1;
    this.window = heap.alloc(bytes) + mostHeadBytes;
    this.rows = new Rows(heap.alloc(bytes + entries * rowBytes));
    this.content = new Content(entries);
    const head = new Head();
    this.head = head;
    this.entry = new Entry(head, count, new Paths());
  }

  /** Reads so many bytes of the window; false when it stops. */
  read(bytes: i32): bool {
    const end = this.window + bytes;
    this.rows.clear();
    this.content.clear();
    let at = this.content.pad(this.window - this.carriedBytes, end);
    this.carriedBytes = 0;
    while (at < end && !this.hasEnded) {
      const length = this.head.read(at, end);
      if (length == 0) break;
      if (length > 0 && this.entry.take()) at = this.keepEntry(at + length, end);
      else if (isZero(at, at + blockBytes)) this.hasEnded = true;
      else return this.stopAt(at);
    }
    if (this.hasEnded) return isZero(at, end) || this.stopAt(at);
    this.carry(at, end);
    return true;
  }

  private stopAt(at: usize): bool {
    this.stop = at;
    return false;
  }

  /** Keeps the entry whose content begins at an address; returns where the next one begins. */
  private keepEntry(at: usize, end: usize): usize {
    if (this.count.entries > 0) this.rows.comma();
    const row = this.rows.end;
    const entry = this.entry;
    const sum = entry.keep(this.rows);
    if (entry.isSymlink) this.content.link(entry.link, entry.linkLength, row, sum, entry.sum != 0);
    return entry.isFile ? this.content.begin(this.head.header.sizeBytes, row, sum, at, end) : at;
  }

  private carry(at: usize, end: usize): void {
    this.carriedBytes = (end - at) as i32;
    memory.copy(this.window - this.carriedBytes, at, this.carriedBytes);
  }
}
