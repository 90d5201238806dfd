import { ApkError } from "../apk-error.ts";
import { tryDependency } from "../dependency.ts";
import { IntList } from "./int-list.ts";
import { NameTable } from "./name-table.ts";

/**
 * What does an index say to a resolver? Names as numbers, everything else as places in its text.
 *
 * A resolver meets most records of an index, but reads few: with 23,000 records it walks from name to name through three
 * quarters of them and then chooses among some hundreds. So one pass over the text numbers the names and notes where the
 * rest stands; the versions, priorities and constraints of a record are read when somebody looks at it.
 */
export interface IndexTable {
  /** Text of an APKINDEX. */
  readonly text: Buffer;
  readonly names: NameTable;
  /** Number of records. */
  readonly size: number;
  /** Where each record begins; one more than there are records. */
  readonly start: Int32Array;
  readonly name: Int32Array;
  /** Places of `V:`, `A:`, `C:` and `k:` values; 0 where there is none. */
  readonly version: Int32Array;
  readonly arch: Int32Array;
  readonly identity: Int32Array;
  readonly priority: Int32Array;
  /** 0 for a record that can be installed; above that it has fields or dependencies that cannot be read. */
  readonly unreadable: Uint8Array;
  readonly depends: ItemLists;
  readonly provides: ItemLists;
  readonly installIf: ItemLists;
}

/** Lists of dependency items, one for each record: those from `first[record]` to `first[record + 1]`. */
export interface ItemLists {
  readonly first: Int32Array;
  /** Number of the name in an item. */
  readonly name: Int32Array;
  /** Where the item begins in the text. */
  readonly at: Int32Array;
}

/** Text of an index → its table. `what` names the index in messages. @throws ApkError INDEX_FORMAT */
export function readIndexTable(text: Buffer, what = "APKINDEX"): IndexTable {
  const scan = new Scan(text, what);
  let at = 0;
  while (at < text.length) at = text[at] === newline ? scan.endRecord(at) : scan.line(at);
  scan.endRecord(at);
  return scan.table();
}

const newline = 0x0a;
const space = 0x20;
const bang = 0x21;
const code = (letter: string): number => letter.charCodeAt(0);
const [A, C, D, F, M, P, R, V, Z] = ["A", "C", "D", "F", "M", "P", "R", "V", "Z"].map(code);
const [I, L, S, T, U, i, k, p] = ["I", "L", "S", "T", "U", "i", "k", "p"].map(code);
/** Upper-case fields that may be passed over: they are for people, or of the installed database. */
const harmless = new Set([I, L, S, T, U, F, M, R, Z]);

/** A rough guess, so that lists seldom grow. */
const bytesPerRecord = 400;

class Scan {
  readonly #text: Buffer;
  readonly #what: string;
  readonly #names: NameTable;
  readonly #start: IntList;
  readonly #name: IntList;
  readonly #version: IntList;
  readonly #arch: IntList;
  readonly #identity: IntList;
  readonly #priority: IntList;
  readonly #unreadable: IntList;
  readonly #depends: ItemScan;
  readonly #provides: ItemScan;
  readonly #installIf: ItemScan;
  readonly #relations: Relations;
  // The record at hand.
  #from = -1;
  #ownName = -1;
  #at = { version: 0, arch: 0, identity: 0, priority: 0, unreadable: 0 };

  constructor(text: Buffer, what: string) {
    this.#text = text;
    this.#what = what;
    const records = text.length / bytesPerRecord;
    const list = (): IntList => new IntList(records);
    this.#names = new NameTable([text], records * 2);
    [this.#start, this.#name, this.#version, this.#arch] = [list(), list(), list(), list()];
    [this.#identity, this.#priority, this.#unreadable] = [list(), list(), list()];
    this.#depends = new ItemScan(records * 4);
    this.#provides = new ItemScan(records * 2);
    this.#installIf = new ItemScan(records);
    this.#relations = new Relations(text);
  }

  /** Reads one line; returns where the next one begins. */
  line(at: number): number {
    if (this.#text[at + 1] !== 0x3a) throw this.#malformed(at);
    if (this.#from < 0) this.#from = at;
    const letter = this.#text[at] ?? 0;
    switch (letter) {
      case P:
        this.#ownName = this.#readName(at + 2);
        break;
      case V:
        this.#at.version = at + 2;
        break;
      case A:
        this.#at.arch = at + 2;
        break;
      case C:
        this.#at.identity = at + 2;
        break;
      case k:
        this.#at.priority = at + 2;
        break;
      case D:
        return this.#readItems(at + 2, this.#depends);
      case p:
        return this.#readItems(at + 2, this.#provides);
      case i:
        return this.#readItems(at + 2, this.#installIf);
      default:
        if (letter >= 0x41 && letter <= 0x5a && !harmless.has(letter)) this.#at.unreadable = 1;
    }
    return lineEnd(this.#text, at) + 1;
  }

  /** Files the record that was read, if any; returns where the next line begins. */
  endRecord(at: number): number {
    if (this.#from >= 0) {
      if (this.#ownName < 0 || this.#at.version === 0) throw this.#incomplete();
      this.#start.push(this.#from);
      this.#name.push(this.#ownName);
      this.#version.push(this.#at.version);
      this.#arch.push(this.#at.arch);
      this.#identity.push(this.#at.identity);
      this.#priority.push(this.#at.priority);
      this.#unreadable.push(this.#at.unreadable + this.#depends.bad);
      this.#endItems();
      this.#from = this.#ownName = -1;
      this.#at = { version: 0, arch: 0, identity: 0, priority: 0, unreadable: 0 };
    }
    return at + 1;
  }

  /** A bad item makes the package uninstallable, or its install_if void; a bad provide still takes its name (A4). */
  #endItems(): void {
    if (this.#installIf.bad > 0) this.#installIf.drop();
    for (const items of [this.#depends, this.#provides, this.#installIf]) items.endRecord();
  }

  table(): IndexTable {
    this.#start.push(this.#text.length);
    return {
      text: this.#text,
      names: this.#names,
      size: this.#name.length,
      start: this.#start.done(),
      name: this.#name.done(),
      version: this.#version.done(),
      arch: this.#arch.done(),
      identity: this.#identity.done(),
      priority: this.#priority.done(),
      unreadable: Uint8Array.from(this.#unreadable.done()),
      depends: this.#depends.done(),
      provides: this.#provides.done(),
      installIf: this.#installIf.done(),
    };
  }

  #readName(start: number): number {
    const end = lineEnd(this.#text, start);
    return end === start ? -1 : this.#names.add(0, start, end);
  }

  /** Numbers the names in a list of items, and counts the items that cannot be read. */
  #readItems(start: number, items: ItemScan): number {
    const text = this.#text;
    const { length } = text;
    let at = start;
    while (at < length && text[at] !== newline) {
      const nameStart = text[at] === bang ? at + 1 : at;
      const nameEnd = endOf(text, nameStart, behindName);
      const end = endOf(text, nameEnd, behindItem);
      if (nameEnd > nameStart) items.push(this.#names.add(0, nameStart, nameEnd), at);
      if (end > at && items !== this.#provides && !this.#isGood(nameStart, nameEnd, end)) items.bad += 1;
      at = text[end] === newline ? end : end + 1;
    }
    return at + 1;
  }

  #isGood(nameStart: number, nameEnd: number, end: number): boolean {
    return nameEnd > nameStart && this.#relations.isGood(nameEnd, end);
  }

  #incomplete(): ApkError {
    const name = this.#ownName < 0 ? "without a name" : this.#names.textOf(this.#ownName);
    return new ApkError(
      "INDEX_FORMAT",
      `${this.#what}: record ${name}: no ${this.#ownName < 0 ? "P" : "V"} line in it`,
    );
  }

  #malformed(at: number): ApkError {
    const line = this.#text.toString("latin1", 0, at).split("\n").length;
    const found = JSON.stringify(this.#text.toString("utf8", at, Math.min(lineEnd(this.#text, at), at + 60)));
    return new ApkError("INDEX_FORMAT", `${this.#what}: line ${line}: expected LETTER:VALUE, found ${found}`);
  }
}

function lineEnd(text: Uint8Array, at: number): number {
  const { length } = text;
  let end = at;
  while (end < length && text[end] !== newline) end += 1;
  return end;
}

/** By byte: what a name consists of (0), what may stand behind it (1), what ends an item (2). */
const byteKinds = new Uint8Array(256).fill(1);
const [behindName, behindItem] = [1, 2];
for (const sign of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+:,/[]-") byteKinds[code(sign)] = 0;
byteKinds[space] = byteKinds[newline] = behindItem;

/** The first byte from `start` on of this kind or a later one. */
function endOf(text: Uint8Array, start: number, kind: number): number {
  const { length } = text;
  let at = start;
  while (at < length && (byteKinds[text[at] ?? 0] ?? 0) < kind) at += 1;
  return at;
}

/** Judges what stands behind the names of items. Most repeat what the item before has, such as `=1.2.3-r0`. */
class Relations {
  readonly #text: Buffer;
  readonly #known = new Map<string, boolean>();
  #start = 0;
  #end = 0;
  #good = true;

  constructor(text: Buffer) {
    this.#text = text;
  }

  isGood(start: number, end: number): boolean {
    if (start === end) return true;
    if (end - start === this.#end - this.#start && this.#repeats(start, end)) return this.#good;
    [this.#start, this.#end] = [start, end];
    const relation = this.#text.toString("utf8", start, end);
    this.#good = this.#known.get(relation) ?? tryDependency(`x${relation}`)?.tag === "";
    this.#known.set(relation, this.#good);
    return this.#good;
  }

  #repeats(start: number, end: number): boolean {
    const offset = this.#start - start;
    for (let at = start; at < end; at += 1) if (this.#text[at] !== this.#text[at + offset]) return false;
    return true;
  }
}

class ItemScan {
  /** Items of the record at hand that could not be read. */
  bad = 0;
  readonly #first: IntList;
  readonly #name: IntList;
  readonly #at: IntList;

  constructor(capacity: number) {
    this.#first = new IntList(capacity);
    this.#name = new IntList(capacity);
    this.#at = new IntList(capacity);
    this.#first.push(0);
  }

  push(name: number, at: number): void {
    this.#name.push(name);
    this.#at.push(at);
  }

  /** Forgets the items of the record at hand. */
  drop(): void {
    this.#name.length = this.#at.length = this.#first.at(this.#first.length - 1);
  }

  endRecord(): void {
    this.#first.push(this.#name.length);
    this.bad = 0;
  }

  done(): ItemLists {
    return { first: this.#first.done(), name: this.#name.done(), at: this.#at.done() };
  }
}
