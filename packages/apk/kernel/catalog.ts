import { Ints } from "./ints";
import { Items } from "./items";
import { countLinks, linkNames } from "./links";
import { groupByKey, Lists } from "./lists";
import { Problem } from "./problem";
import { Records } from "./records";
import { openText } from "./text";

/**
 * How do the texts of indexes become the columns of a catalog? One instance makes one catalog: open, then pieces to read, each index
 * ended, then link; the columns are then where `columnAt` says.
 */

let records: Records | null = null;
/** Where the indexes begin, in the text and in the numbers of packages; and where the last one ends. */
let sourceTexts: Ints = new Ints(0);
let sourcePackages: Ints = new Ints(0);
let columns: Ints[] = [];

/** Begins a catalog of texts of at most `textBytes`; returns the address at which they are to be written. */
export function open(textBytes: i32, mostRecords: i32, mostItems: i32): usize {
  records = new Records(textBytes, mostRecords, mostItems);
  sourceTexts.push(0);
  sourcePackages.push(0);
  return openText(textBytes);
}

/** Reads the whole records between two places of the text. */
export function read(from: i32, to: i32): Problem {
  return records!.read(from, to);
}

/** Where in the text the record begins, or the line, with which something is wrong. */
export function problemAt(): i32 {
  return records!.problemAt;
}

/** The number of packages so far. */
export function size(): i32 {
  return records!.size;
}

/** The number of dependencies and provided names so far. */
export function itemCount(): i32 {
  return records!.itemCount;
}

/** The index ends at a place of the text. */
export function endIndex(at: i32): void {
  sourceTexts.push(at);
  sourcePackages.push(records!.size);
}

/** No more indexes: lists providers and dependants of every name, and lays out the columns. `textBytes` is the length of all texts. */
export function link(textBytes: i32, mostLinks: i32): Problem {
  const all = records!;
  const links = countLinks(all.provides, all.installIf);
  if (links > mostLinks) return Problem.tooManyLinks;
  all.start.push(textBytes);
  columns = [sourceTexts, sourcePackages, all.names.entries, all.names.slots.places];
  columns = columns.concat([all.start, all.version, all.arch, all.identities.starts, all.priority, all.unreadable]);
  columns.push(all.repeats);
  const providers = groupByKey(all.provides.name, all.names.size);
  layOut(all.provides, providers);
  layOut(all.depends, groupByKey(all.depends.name, all.names.size));
  layOut(all.installIf, linkNames(all.provides, providers, all.installIf, all.names, links as i32));
  return Problem.none;
}

function layOut(items: Items, lists: Lists): void {
  columns = columns.concat([items.first, items.owner, items.name, items.at, lists.first, lists.values]);
}

export function nameCount(): i32 {
  return records!.names.size;
}

export function columnCount(): i32 {
  return columns.length;
}

/** The address of a column. */
export function columnAt(index: i32): usize {
  return columns[index].start;
}

/** How many integers a column has. */
export function columnLength(index: i32): i32 {
  return columns[index].length;
}
