import { Identities } from "./identities";
import { Ints } from "./ints";
import { hasUnreadable, Items, readItems } from "./items";
import { Names } from "./names";
import { Problem } from "./problem";
import { byteAt, lineEnd, newline } from "./text";

/** What several indexes say of their packages, in columns: names as numbers, everything else as places in the text. */
export class Records {
  names: Names;
  provides: Items;
  depends: Items;
  installIf: Items;
  identities: Identities;
  start: Ints;
  version: Ints;
  arch: Ints;
  priority: Ints;
  unreadable: Ints;
  /** Numbers in pairs: of a package, and of one that says it again. */
  repeats: Ints;
  /** Where the record stands, or its name, with which something is wrong. */
  problemAt: i32 = 0;

  constructor(
    textBytes: i32,
    private readonly mostRecords: i32,
    private readonly mostItems: i32,
  ) {
    const count = textBytes / usualBytes;
    this.names = new Names(count * 2);
    this.identities = new Identities(count);
    this.provides = new Items(min(count * 3, mostItems), count, mostItems);
    this.depends = new Items(min(count * 5, mostItems), count, mostItems);
    this.installIf = new Items(min(count, mostItems), count, mostItems);
    this.start = new Ints(count + 1);
    this.version = new Ints(count);
    this.arch = new Ints(count);
    this.priority = new Ints(count);
    this.unreadable = new Ints(count);
    this.repeats = new Ints(0);
  }

  /** The number of packages so far. */
  get size(): i32 {
    return this.version.length;
  }

  get itemCount(): i32 {
    return this.provides.length + this.depends.length + this.installIf.length;
  }

  /** Reads the whole records that stand from `from` to `to`, up to the first with which something is wrong. */
  read(from: i32, to: i32): Problem {
    let at = from;
    while (at < to) {
      if (byteAt(at) == newline) {
        at += 1;
        continue;
      }
      at = this.readRecord(at, to);
      if (this.problem != Problem.none) return this.problem;
    }
    return Problem.none;
  }

  private problem: Problem = Problem.none;

  private fail(problem: Problem, at: i32): i32 {
    this.problem = problem;
    this.problemAt = at;
    return at;
  }

  /** Reads the lines of one record; returns where the empty line behind it is. */
  private readRecord(from: i32, to: i32): i32 {
    const number = this.size;
    let name = -1;
    let version = 0;
    let arch = 0;
    let identity = 0;
    let priority = 0;
    let isUnreadable = false;
    let isConditional = true;
    let at = from;
    // A place for the package's own name, which goes before all others that it provides.
    this.provides.push(number, 0, -1);
    while (at < to && byteAt(at) != newline) {
      if (byteAt(at + 1) != colon) return this.fail(Problem.malformedLine, at);
      const value = at + 2;
      switch (byteAt(at)) {
        case 0x50 /* P */: {
          const end = lineEnd(value);
          if (end > value) name = this.names.add(value, end - value);
          at = end + 1;
          continue;
        }
        case 0x44 /* D */:
          at = readItems(value, number, this.depends, this.names, true);
          if (hasUnreadable) isUnreadable = true;
          continue;
        case 0x70 /* p */:
          at = readItems(value, number, this.provides, this.names, false);
          continue;
        case 0x69 /* i */:
          at = readItems(value, number, this.installIf, this.names, true);
          if (hasUnreadable) isConditional = false;
          continue;
        case 0x56 /* V */:
          version = value;
          break;
        case 0x41 /* A */:
          arch = value;
          break;
        case 0x43 /* C */:
          identity = value;
          break;
        case 0x6b /* k */:
          priority = value;
          break;
        default:
          if (isUnknown(byteAt(at))) isUnreadable = true;
      }
      at = lineEnd(value) + 1;
    }
    if (number >= this.mostRecords) return this.fail(Problem.tooManyRecords, from);
    if (name < 0) return this.fail(Problem.noName, from);
    if (version == 0) return this.fail(Problem.noVersion, from);
    this.provides.nameFirst(name);
    // One condition that cannot be read makes all of an install_if void (A4).
    if (!isConditional) this.installIf.drop();
    this.file(number, identity);
    this.start.push(from);
    this.version.push(version);
    this.arch.push(arch);
    this.priority.push(priority);
    this.unreadable.push(i32(isUnreadable));
    return this.itemCount > this.mostItems ? this.fail(Problem.tooManyItems, from) : at;
  }

  /** A package that an earlier record has keeps that one's number, and says nothing. */
  private file(number: i32, identity: i32): void {
    const same = this.identities.add(identity);
    if (same >= 0) {
      this.repeats.push(same);
      this.repeats.push(number);
      this.provides.drop();
      this.depends.drop();
      this.installIf.drop();
    }
    this.provides.endPackage();
    this.depends.endPackage();
    this.installIf.endPackage();
  }
}

const colon: u8 = 0x3a;

/** A rough guess of the length of a record, so that lists seldom grow. */
const usualBytes = 400;

/**
 * A capital is the letter of a field that a reader must understand to install the package. These are known, and for people, or of the
 * installed database.
 */
function isUnknown(letter: u8): bool {
  if (letter < 0x41 || letter > 0x5a) return false;
  switch (letter) {
    case 0x46 /* F */:
    case 0x49 /* I */:
    case 0x4c /* L */:
    case 0x4d /* M */:
    case 0x52 /* R */:
    case 0x53 /* S */:
    case 0x54 /* T */:
    case 0x55 /* U */:
    case 0x5a /* Z */:
      return false;
    default:
      return true;
  }
}
