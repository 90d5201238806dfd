import { blockBytes, Header } from "./header";
import { Pax } from "./pax";

/** Records that take more bytes than this are not plain. */
const mostRecordsBytes = 2048;

/** A header with records, and the header that they belong to. */
export const mostHeadBytes = 2 * blockBytes + mostRecordsBytes;

const recordsType: u8 = 0x78;

/** What stands before the content of an entry: its header, and perhaps a header with records before that. */
export class Head {
  readonly header: Header = new Header();
  readonly pax: Pax = new Pax();
  /** Of the records; 0 where there are none. */
  paxBytes: i64 = 0;

  get headers(): i32 {
    return this.paxBytes > 0 ? 2 : 1;
  }

  /** Reads the head at an address. Returns its length, 0 where it does not end before `end`, -1 where it is not plain. */
  read(at: usize, end: usize): i32 {
    this.pax.clear();
    this.paxBytes = 0;
    if (at + blockBytes > end) return 0;
    if (!this.header.read(at)) return -1;
    if (this.header.type != recordsType) return blockBytes;
    const size = this.header.sizeBytes;
    if (size == 0 || size > mostRecordsBytes) return -1;
    this.paxBytes = size;
    const records = at + blockBytes;
    const owner = records + padded(size as i32);
    if (owner + blockBytes > end) return 0;
    const isPlain = this.pax.read(records, records + (size as usize)) && this.header.read(owner);
    return isPlain ? ((owner - at) as i32) + blockBytes : -1;
  }
}

/** The bytes that content takes, with what fills its last block. */
export function padded(bytes: i32): i32 {
  return (bytes + blockBytes - 1) & ~(blockBytes - 1);
}
