import { requireWithin, type Limits } from "@apkmill/core";
import { ApkError } from "../apk-error.ts";
import { IdentityTable } from "./identity-table.ts";
import { IntList } from "./int-list.ts";
import { ItemScan } from "./item-scan.ts";
import { behindItem, byteKinds, inName, isReadable } from "./item-text.ts";
import { NameTable } from "./name-table.ts";
import type { Items, PackageFields } from "./catalog.ts";

/**
 * What do the records of an index say to a resolver? Names as numbers, everything else as places in the text.
 *
 * A resolver meets most records of an index, but reads few: with 23,000 records it walks from name to name through three
 * quarters of them and then chooses among some hundreds. So one pass over the text numbers the names and notes where the
 * rest stands; the versions, priorities and constraints of a record are read when somebody looks at it.
 *
 * Contract: packages get numbers in record order, names in the order in which they are first mentioned (A10.8). A package that an
 * earlier record has already keeps its number, and says nothing. What cannot be an index throws INDEX_FORMAT.
 */
export class IndexScan {
  readonly names: NameTable;
  readonly #provides: ItemScan;
  readonly #depends: ItemScan;
  readonly #installIf: ItemScan;
  /** By package that an earlier record has: the number of that one; -1 for all others. */
  readonly #sameAs: IntList;
  readonly #text: Buffer;
  readonly #limits: Limits;
  readonly #identities: IdentityTable;
  readonly #start: IntList;
  readonly #version: IntList;
  readonly #arch: IntList;
  readonly #identity: IntList;
  readonly #priority: IntList;
  readonly #unreadable: IntList;
  /** Where the index at hand begins. */
  #from = 0;
  /** Items that cannot be read in the list that was read last; what is provided only takes names, and cannot be bad. */
  #bad = 0;

  constructor(text: Buffer, limits: Limits) {
    const records = text.length / bytesPerRecord;
    const list = (): IntList => new IntList(records);
    this.#text = text;
    this.#limits = limits;
    this.names = new NameTable(text, records * 2);
    this.#identities = new IdentityTable(text, records * 2);
    [this.#start, this.#version, this.#arch, this.#identity] = [list(), list(), list(), list()];
    [this.#priority, this.#unreadable, this.#sameAs] = [list(), list(), list()];
    this.#provides = new ItemScan(Math.min(records * 3, limits.items), records, limits.items);
    this.#depends = new ItemScan(Math.min(records * 5, limits.items), records, limits.items);
    this.#installIf = new ItemScan(Math.min(records, limits.items), records, limits.items);
  }

  /** The number of packages so far. */
  get size(): number {
    return this.#version.length;
  }

  /** Another index begins here. */
  begin(from: number): void {
    this.#from = from;
  }

  /** Reads the whole records that stand from `from` to `to`; `what` names the index in messages. @throws ApkError INDEX_FORMAT */
  readRecords(from: number, to: number, what: string): void {
    for (let at = from; at < to;) {
      if (this.#text[at] === newline) at += 1;
      else at = this.#readRecord(at, to, what);
    }
    const items = this.#provides.length + this.#depends.length + this.#installIf.length;
    requireWithin(`${what}: dependencies and provided names`, items, this.#limits.items, "items");
  }

  /** Reads the lines of one record; returns where the empty line behind it is. */
  #readRecord(from: number, to: number, what: string): number {
    const text = this.#text;
    const number = this.size;
    let name = -1;
    let version = 0;
    let arch = 0;
    let identity = 0;
    let priority = 0;
    let unreadable = 0;
    let at = from;
    // A place for the package's own name, which goes before all others that it provides.
    this.#provides.push(number, 0, -1);
    while (at < to && text[at] !== newline) {
      const value = at + 2;
      if (text[at + 1] !== colon) throw malformed(text, this.#from, at, what);
      switch (text[at]) {
        case P: {
          const end = lineEnd(text, value, to);
          if (end > value) name = this.names.add(value, end);
          at = end + 1;
          continue;
        }
        case V:
          version = value;
          break;
        case A:
          arch = value;
          break;
        case C:
          identity = value;
          break;
        case k:
          priority = value;
          break;
        case D:
          at = this.#readItems(value, to, number, this.#depends);
          if (this.#bad > 0) unreadable |= 1;
          continue;
        case p:
          at = this.#readItems(value, to, number, this.#provides);
          continue;
        case i:
          at = this.#readItems(value, to, number, this.#installIf);
          if (this.#bad > 0) unreadable |= 2;
          continue;
        default:
          if (isUnknown[text[at] ?? 0] === 1) unreadable |= 1;
      }
      at = lineEnd(text, value, to) + 1;
    }
    if (number >= this.#limits.records) requireWithin(`${what}: records`, number + 1, this.#limits.records, "records");
    if (name < 0 || version === 0) throw incomplete(name < 0 ? undefined : this.names.textOf(name), what);
    this.#provides.nameFirst(name);
    // One condition that cannot be read makes all of an install_if void (A4).
    if ((unreadable & 2) !== 0) this.#installIf.drop();
    this.#sameAs.push(this.#identities.add(identity));
    if (this.#sameAs.at(number) >= 0)
      for (const items of [this.#provides, this.#depends, this.#installIf]) items.drop();
    this.#provides.endPackage();
    this.#depends.endPackage();
    this.#installIf.endPackage();
    this.#start.push(from);
    this.#version.push(version);
    this.#arch.push(arch);
    this.#identity.push(identity);
    this.#priority.push(priority);
    this.#unreadable.push(unreadable & 1);
    return at;
  }

  /** Numbers the names in a list of items; returns where the next line begins. */
  #readItems(start: number, to: number, owner: number, items: ItemScan): number {
    const text = this.#text;
    this.#bad = 0;
    let at = start;
    while (at < to && text[at] !== newline) {
      const name = text[at] === bang ? at + 1 : at;
      let end = name;
      while (end < to && byteKinds[text[end] ?? 0] === inName) end += 1;
      if (end > name) items.push(owner, this.names.add(name, end), at);
      const isNameAlone = end > name && name === at && byteKinds[text[end] ?? newline] === behindItem;
      while (end < to && byteKinds[text[end] ?? 0] !== behindItem) end += 1;
      if (!isNameAlone && end > at && items !== this.#provides && !isReadable(text, at)) this.#bad += 1;
      at = text[end] === newline ? end : end + 1;
    }
    return at + 1;
  }

  /** What was read of the packages, and which of them say an earlier one again. */
  done(): { readonly fields: PackageFields; readonly sameAs: Int32Array } & Record<
    "provides" | "depends" | "installIf",
    Items
  > {
    this.#start.push(this.#text.length);
    return {
      fields: {
        start: this.#start.done(),
        version: this.#version.done(),
        arch: this.#arch.done(),
        identity: this.#identity.done(),
        priority: this.#priority.done(),
        unreadable: this.#unreadable.done(),
      },
      sameAs: this.#sameAs.done(),
      provides: this.#provides.done(),
      depends: this.#depends.done(),
      installIf: this.#installIf.done(),
    };
  }
}

const newline = 0x0a;
const bang = 0x21;
const colon = 0x3a;
const code = (letter: string): number => letter.charCodeAt(0);
const [A, C, D, P, V, i, k, p] = ["A", "C", "D", "P", "V", "i", "k", "p"].map(code);

/** By byte: 1 for letters of fields that a reader must understand to install the package, and that this one does not know. */
const isUnknown = new Uint8Array(256).fill(1, 0x41, 0x5b);
// These are for people, or of the installed database.
for (const letter of "ISTULFMRZ") isUnknown[code(letter)] = 0;

/** A rough guess, so that lists seldom grow. */
const bytesPerRecord = 400;

function lineEnd(text: Uint8Array, at: number, to: number): number {
  let end = at;
  while (end < to && text[end] !== newline) end += 1;
  return end;
}

function incomplete(name: string | undefined, what: string): ApkError {
  const [record, missing] = name === undefined ? ["without a name", "P"] : [name, "V"];
  return new ApkError("INDEX_FORMAT", `${what}: record ${record}: no ${missing} line in it`);
}

function malformed(text: Buffer, from: number, at: number, what: string): ApkError {
  const line = text.toString("latin1", from, at).split("\n").length;
  const found = JSON.stringify(text.toString("utf8", at, Math.min(lineEnd(text, at, text.length), at + 60)));
  return new ApkError("INDEX_FORMAT", `${what}: line ${line}: expected LETTER:VALUE, found ${found}`);
}
