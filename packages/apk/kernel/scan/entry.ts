import { isSame } from "../same";
import { Count } from "./count";
import { Head } from "./head";
import { Header } from "./header";
import { isDirectory, isFile, isLink, Paths } from "./paths";
import { endsWithSlash, isInstalled, isSafe, parentLength, slash } from "./path-rules";
import { sumBytes } from "./plain";
import { Rows } from "./rows";

/** Types of headers. */
const oldFileType: u8 = 0;
const fileType: u8 = 0x30;
const hardLinkType: u8 = 0x31;
const symlinkType: u8 = 0x32;
const directoryType: u8 = 0x35;

/** Letters of rows. */
const fileLetter: u8 = 0x66;
const hardLinkLetter: u8 = 0x68;
const symlinkLetter: u8 = 0x6c;
const directoryLetter: u8 = 0x64;

/** The longest path that the two fields of a header make. */
const mostJoinedBytes = 256;

/** SHA-1 of no bytes. */
const sumOfNothing = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/**
 * The entry that a head means, held against the rules of packages (`payload-rules.ts`, `tar-extensions.ts`, `data-scan.ts`). Only what
 * all of them let pass without a word is taken.
 */
export class Entry {
  letter: u8 = 0;
  path: usize = 0;
  pathLength: i32 = 0;
  link: usize = 0;
  linkLength: i32 = 0;
  /** The address of the sum that is stated, or of a hard link's target; 0 where there is none. */
  sum: usize = 0;
  private readonly joined: usize = heap.alloc(mostJoinedBytes);
  private readonly nothing: usize = ascii(sumOfNothing);

  constructor(
    private readonly head: Head,
    private readonly count: Count,
    private readonly paths: Paths,
  ) {}

  /** Takes what the head says; false where it is not plain. */
  take(): bool {
    const size = this.head.header.sizeBytes;
    this.letter = letterOf(this.head.header.type);
    this.sum = this.head.pax.sum;
    return (
      this.letter != 0 &&
      this.count.allows(this.head.headers, this.head.paxBytes, size) &&
      this.takePath() &&
      this.takeLink() &&
      this.hasOneTime() &&
      this.hasSize(size) &&
      this.isInOrder() &&
      this.takeSum(size)
    );
  }

  /** Remembers the entry and writes its row. Returns where in it the sum stands. */
  keep(rows: Rows): usize {
    const header = this.head.header;
    this.count.add(this.head.headers, this.head.paxBytes, header.sizeBytes);
    const isFileLike = this.letter == fileLetter || this.letter == hardLinkLetter;
    const kind = isFileLike ? isFile : this.letter == directoryLetter ? isDirectory : isLink;
    this.paths.add(this.path, this.pathLength, kind, isFileLike ? this.sum : 0);
    return this.write(rows, header);
  }

  private write(rows: Rows, header: Header): usize {
    rows.byte(0x5b);
    rows.text(this.path, this.pathLength);
    rows.comma();
    rows.letter(this.letter);
    rows.comma();
    rows.number(header.mode);
    rows.comma();
    rows.number(header.mtime);
    rows.comma();
    rows.number(header.sizeBytes);
    rows.comma();
    const sum = rows.end + 1;
    // Of a link that states none, the engine writes it over the zeros.
    if (this.letter == directoryLetter) rows.text(0, 0);
    else if (this.sum == 0) rows.zeros(sumBytes);
    else rows.text(this.sum, sumBytes);
    rows.comma();
    rows.text(0, 0);
    rows.comma();
    rows.number(header.uid);
    rows.comma();
    rows.number(header.gid);
    rows.comma();
    rows.text(header.user, header.userLength);
    rows.comma();
    rows.text(header.group, header.groupLength);
    if (this.linkLength > 0) {
      rows.comma();
      rows.text(this.link, this.linkLength);
      // What is hashed later: where the head stands, another may stand then.
      this.link = rows.end - 1 - this.linkLength;
    }
    rows.byte(0x5d);
    return sum;
  }

  get isFile(): bool {
    return this.letter == fileLetter;
  }

  get isSymlink(): bool {
    return this.letter == symlinkLetter;
  }

  /** The path that the records or the header say, which both may end in slashes unless it is a file's. */
  private takePath(): bool {
    this.joinPath();
    if (this.isFile && endsWithSlash(this.path, this.pathLength)) return false;
    if (this.head.pax.path != 0) {
      this.path = this.head.pax.path;
      this.pathLength = this.head.pax.pathLength;
      if (this.isFile && endsWithSlash(this.path, this.pathLength)) return false;
    }
    while (this.pathLength > 1 && endsWithSlash(this.path, this.pathLength)) this.pathLength -= 1;
    if (!this.isShort(this.pathLength) || !isSafe(this.path, this.pathLength)) return false;
    return isInstalled(this.path) || (this.isFile && this.head.header.sizeBytes == 0);
  }

  private joinPath(): void {
    const header = this.head.header;
    this.path = header.name;
    this.pathLength = header.nameLength;
    if (header.prefixLength == 0) return;
    this.path = this.joined;
    memory.copy(this.joined, header.prefix, header.prefixLength);
    store<u8>(this.joined + header.prefixLength, slash);
    memory.copy(this.joined + header.prefixLength + 1, header.name, header.nameLength);
    this.pathLength = header.prefixLength + 1 + header.nameLength;
  }

  private takeLink(): bool {
    this.linkLength = 0;
    const pax = this.head.pax;
    if (this.letter != symlinkLetter && this.letter != hardLinkLetter) return pax.link == 0;
    this.link = pax.link == 0 ? this.head.header.link : pax.link;
    this.linkLength = pax.link == 0 ? this.head.header.linkLength : pax.linkLength;
    if (this.linkLength == 0 || !this.isShort(this.linkLength)) return false;
    return this.letter == symlinkLetter || isSafe(this.link, this.linkLength);
  }

  private isShort(length: i32): bool {
    return length <= this.count.mostPathBytes;
  }

  /** Header and records say the same time: apk reads that of the header, container runtimes the other. */
  private hasOneTime(): bool {
    return this.head.pax.mtime == -1 || this.head.pax.mtime == this.head.header.mtime;
  }

  private hasSize(size: i64): bool {
    return this.isFile || size == 0;
  }

  /** Behind its directory, and the first of its path. */
  private isInOrder(): bool {
    if (this.paths.find(this.path, this.pathLength) >= 0 || !this.paths.areUsual) return false;
    const parent = parentLength(this.path, this.pathLength);
    if (!isInstalled(this.path) || parent == 0) return true;
    const number = this.paths.find(this.path, parent);
    return number >= 0 && this.paths.kindOf(number) == isDirectory;
  }

  /** A file states its sum; a hard link has its target's. */
  private takeSum(size: i64): bool {
    if (!isInstalled(this.path)) this.sum = this.nothing;
    if (this.isFile) return this.sum != 0 && (size > 0 || isSame(this.sum, this.nothing, sumBytes));
    if (this.letter != hardLinkLetter) return true;
    const target = this.paths.find(this.link, this.linkLength);
    if (target < 0 || this.paths.kindOf(target) != isFile || !isInstalled(this.link)) return false;
    const sum = this.paths.sumOf(target);
    if (this.sum != 0 && !isSame(this.sum, sum, sumBytes)) return false;
    this.sum = sum;
    return true;
  }
}

/** 0 for a type that is not plain. */
function letterOf(type: u8): u8 {
  if (type == fileType || type == oldFileType) return fileLetter;
  if (type == directoryType) return directoryLetter;
  if (type == symlinkType) return symlinkLetter;
  return type == hardLinkType ? hardLinkLetter : 0;
}

/** The text's address, a byte for each letter. */
function ascii(text: string): usize {
  const address = heap.alloc(text.length);
  for (let index = 0; index < text.length; index += 1) store<u8>(address + index, text.charCodeAt(index) as u8);
  return address;
}
