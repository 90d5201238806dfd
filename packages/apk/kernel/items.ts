import { isReadable } from "./host";
import { Ints } from "./ints";
import { Names } from "./names";
import { addressOf, byteAt, newline, space } from "./text";

/** The items of all packages, those of one from `first[package]` to `first[package + 1]`. */
export class Items {
  first: Ints;
  owner: Ints;
  name: Ints;
  at: Ints;

  /** `capacity` is a guess; more than `most` and one are not taken. */
  constructor(
    capacity: i32,
    packages: i32,
    private readonly most: i32,
  ) {
    this.first = new Ints(packages + 1);
    this.owner = new Ints(capacity);
    this.name = new Ints(capacity);
    this.at = new Ints(capacity);
    this.first.push(0);
  }

  get isOverfull(): bool {
    return this.length > this.most;
  }

  get length(): i32 {
    return this.name.length;
  }

  push(owner: i32, name: i32, at: i32): void {
    this.owner.push(owner);
    this.name.push(name);
    this.at.push(at);
  }

  /** Names the first item of the package at hand, whose place was taken before its name was known. */
  nameFirst(name: i32): void {
    this.name.set(this.begin(), name);
  }

  /** Forgets the items of the package at hand. */
  drop(): void {
    this.owner.length = this.name.length = this.at.length = this.begin();
  }

  endPackage(): void {
    this.first.push(this.length);
  }

  private begin(): i32 {
    return this.first.get(this.first.length - 1);
  }
}

/** Whether some item of the list that was read last cannot be read. */
export let hasUnreadable: bool = false;

/**
 * Numbers the names in a list of items; returns where the next line begins. What is provided only takes names, and cannot be
 * unreadable: `isAsking` is false for it.
 */
export function readItems(start: i32, owner: i32, items: Items, names: Names, isAsking: bool): i32 {
  hasUnreadable = false;
  let at = start;
  while (byteAt(at) != newline) {
    const name = byteAt(at) == bang ? at + 1 : at;
    const end = nameEnd(name);
    if (end > name && !items.isOverfull) items.push(owner, names.add(name, end - name), at);
    const isSimple = end > name && (isEnd(end) || isEnd(simpleRelationEnd(end)));
    let next = end;
    while (!isEnd(next)) next += 1;
    if (isAsking && !isSimple && next > at && !isReadable(at)) hasUnreadable = true;
    at = byteAt(next) == newline ? next : next + 1;
  }
  return at + 1;
}

const bang: u8 = 0x21;
const equals: u8 = 0x3d;
const dot: u8 = 0x2e;
const hyphen: u8 = 0x2d;
const letterR: u8 = 0x72;

/** Where the name ends that begins at `start`: what follows are letters, digits and `+,-./:[]_`. */
function nameEnd(start: i32): i32 {
  let at = start;
  let others = othersAt(at);
  while (others == 0) others = othersAt((at += 16));
  return at + ctz(others);
}

/** Which of the sixteen bytes at a place stand in no name: a bit for each. */
function othersAt(at: i32): i32 {
  const bytes = v128.load(addressOf(at));
  const letters = v128.or(areBetween(bytes, 0x61, 0x7a), areBetween(bytes, 0x41, 0x5b));
  const signs = v128.or(i8x16.eq(bytes, i8x16.splat(0x5d)), i8x16.eq(bytes, i8x16.splat(0x5f)));
  return ~i8x16.bitmask(v128.or(v128.or(letters, signs), areBetween(bytes, 0x2b, 0x3a))) & 0xffff;
}

function areBetween(bytes: v128, first: u8, last: u8): v128 {
  return i8x16.le_u(i8x16.sub(bytes, i8x16.splat(first)), i8x16.splat(last - first));
}

function isBetween(byte: u8, first: u8, last: u8): bool {
  return byte >= first && byte <= last;
}

function isEnd(at: i32): bool {
  return byteAt(at) == space || byteAt(at) == newline;
}

/** Where a relation to numbers with dots, a letter and a revision ends; `start`, which ends no item, for any other. */
function simpleRelationEnd(start: i32): i32 {
  const sign = byteAt(start);
  if (!isBetween(sign, 0x3c, 0x3e) && sign != 0x7e) return start;
  const isOrEqual = sign != equals && byteAt(start + 1) == equals;
  let at = start + i32(isOrEqual);
  do {
    const digits = at + 1;
    at = digitsEnd(digits);
    if (at == digits) return start;
  } while (byteAt(at) == dot);
  if (isBetween(byteAt(at), 0x61, 0x7a)) at += 1;
  if (byteAt(at) != hyphen || byteAt(at + 1) != letterR) return at;
  const revision = digitsEnd(at + 2);
  return revision == at + 2 ? start : revision;
}

function digitsEnd(start: i32): i32 {
  let end = start;
  while (isBetween(byteAt(end), 0x30, 0x39)) end += 1;
  return end;
}
