import { nameEnd, tryDependency, type Dependency } from "../dependency.ts";
import type { Catalog } from "./catalog.ts";
import type { IndexTable } from "./index-table.ts";

/** What records say, read from the texts of their indexes when it is asked for. */

/** What tells a package from others. */
export interface RecordFacts {
  readonly version: string;
  readonly arch: string;
  readonly priority: number;
  /** The record can be understood, so that its package can be installed. */
  readonly isReadable: boolean;
}

export function readFacts(catalog: Catalog, number: number): RecordFacts {
  const { table, record } = placeOf(catalog, number);
  return {
    version: lineAt(table.text, table.version[record] ?? 0),
    arch: lineAt(table.text, table.arch[record] ?? 0),
    priority: Number.parseInt(lineAt(table.text, table.priority[record] ?? 0), 10) || 0,
    isReadable: table.unreadable[record] === 0,
  };
}

export function readIdentity(catalog: Catalog, number: number): string {
  const { table, record } = placeOf(catalog, number);
  return lineAt(table.text, table.identity[record] ?? 0);
}

/** The item of a package that stands at `at` in its index; undefined for one that cannot be read. */
export function readDependency(catalog: Catalog, number: number, at: number): Dependency | undefined {
  return tryDependency(itemAt(placeOf(catalog, number).table.text, at));
}

/** The version in a provided item; "" where there is none. One that is no version is kept, as apk does. */
export function readProvidedVersion(catalog: Catalog, number: number, at: number): string {
  const item = itemAt(placeOf(catalog, number).table.text, at);
  return item.slice(nameEnd(item, 0)).replace(/^[<=>~]+/, "");
}

/** The index that a package is in, and the number of its record there. */
export function placeOf(
  { tables, packages }: Catalog,
  number: number,
): { readonly table: IndexTable; readonly record: number } {
  const source = packages.table[number] ?? 0;
  const table = tables[source];
  if (table === undefined) throw new RangeError(`package ${number} is in none of the indexes`);
  return { table, record: number - (packages.base[source] ?? 0) };
}

/** The value that begins at `start`, up to the end of its line; "" for 0, which says that there is none. */
function lineAt(text: Buffer, start: number): string {
  if (start === 0) return "";
  const end = text.indexOf(0x0a, start);
  return text.toString("utf8", start, end < 0 ? text.length : end);
}

function itemAt(text: Buffer, at: number): string {
  let end = at;
  while (end < text.length && (text[end] ?? 0) > 0x20) end += 1;
  return text.toString("utf8", at, end);
}
