import { isPlain, textLength } from "./plain";
import { notOctal, octal } from "./octal";

/** Where the fields of a header begin, and how long they are (POSIX.1-1988 ustar). */
const nameAt = 0;
const nameBytes = 100;
const modeAt = 100;
const uidAt = 108;
const gidAt = 116;
const sizeAt = 124;
const mtimeAt = 136;
const checksumAt = 148;
const typeAt = 156;
const linkAt = 157;
const magicAt = 257;
const userAt = 265;
const groupAt = 297;
const ownerBytes = 32;
const majorAt = 329;
const minorAt = 337;
const prefixAt = 345;
const prefixBytes = 155;
const shortNumberBytes = 8;
const longNumberBytes = 12;

export const blockBytes = 512;

/** `ustar` and its NUL, as a number, in the lower six bytes of what is loaded. */
const magic: u64 = 0x0000_7261_7473_75;
const magicMask: u64 = 0x0000_ffff_ffff_ffff;

/** What a header says, where it says it plainly. */
export class Header {
  type: u8 = 0;
  mode: i32 = 0;
  uid: i64 = 0;
  gid: i64 = 0;
  sizeBytes: i64 = 0;
  mtime: i64 = 0;
  /** Addresses and lengths of texts. */
  name: usize = 0;
  nameLength: i32 = 0;
  prefix: usize = 0;
  prefixLength: i32 = 0;
  link: usize = 0;
  linkLength: i32 = 0;
  user: usize = 0;
  userLength: i32 = 0;
  group: usize = 0;
  groupLength: i32 = 0;

  /** Reads the header at an address; false for any that is not plain, such as a wrong, an old or a GNU one. */
  read(at: usize): bool {
    if ((load<u64>(at + magicAt) & magicMask) != magic) return false;
    if (octal(at + checksumAt, shortNumberBytes) != checksum(at)) return false;
    this.type = load<u8>(at + typeAt);
    return this.readNumbers(at) && this.readTexts(at);
  }

  private readNumbers(at: usize): bool {
    const mode = octal(at + modeAt, shortNumberBytes);
    this.uid = octal(at + uidAt, shortNumberBytes);
    this.gid = octal(at + gidAt, shortNumberBytes);
    this.sizeBytes = octal(at + sizeAt, longNumberBytes);
    this.mtime = octal(at + mtimeAt, longNumberBytes);
    if (mode == notOctal || this.uid == notOctal || this.gid == notOctal) return false;
    if (this.sizeBytes == notOctal || this.mtime == notOctal) return false;
    this.mode = (mode as i32) & 0o7777;
    return octal(at + majorAt, shortNumberBytes) != notOctal && octal(at + minorAt, shortNumberBytes) != notOctal;
  }

  private readTexts(at: usize): bool {
    this.name = at + nameAt;
    this.nameLength = textLength(this.name, nameBytes);
    this.prefix = at + prefixAt;
    this.prefixLength = textLength(this.prefix, prefixBytes);
    this.link = at + linkAt;
    this.linkLength = textLength(this.link, nameBytes);
    this.user = at + userAt;
    this.userLength = textLength(this.user, ownerBytes);
    this.group = at + groupAt;
    this.groupLength = textLength(this.group, ownerBytes);
    return (
      isPlain(this.name, this.nameLength) &&
      isPlain(this.prefix, this.prefixLength) &&
      isPlain(this.link, this.linkLength) &&
      isPlain(this.user, this.userLength) &&
      isPlain(this.group, this.groupLength)
    );
  }
}

/** The sum of all bytes, with the checksum's own field read as spaces. */
function checksum(at: usize): i64 {
  let sums = i16x8.splat(0);
  for (let offset = 0; offset < blockBytes; offset += 16) {
    sums = i16x8.add(sums, i16x8.extadd_pairwise_i8x16_u(v128.load(at + offset)));
  }
  const wide = i32x4.extadd_pairwise_i16x8_u(sums);
  let sum = i32x4.extract_lane(wide, 0) + i32x4.extract_lane(wide, 1);
  sum += i32x4.extract_lane(wide, 2) + i32x4.extract_lane(wide, 3);
  for (let offset = 0; offset < shortNumberBytes; offset += 1) sum += 0x20 - load<u8>(at + checksumAt + offset);
  return sum;
}
