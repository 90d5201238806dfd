import { nameEnd, tryDependency, type Dependency } from "../dependency.ts";
import { isReadable, itemAt } from "./item-text.ts";
import { listOf } from "./lists.ts";
import type { Catalog } from "./catalog.ts";

/** What records say, read from the texts of their indexes when it is asked for. */

/** What tells a package from others. */
export interface RecordFacts {
  readonly version: string;
  readonly arch: string;
  readonly priority: number;
  /** The record can be understood, so that its package can be installed. */
  readonly isReadable: boolean;
}

export function readFacts({ text, fields, depends }: Catalog, number: number): RecordFacts {
  return {
    version: lineAt(text, fields.version[number] ?? 0),
    arch: lineAt(text, fields.arch[number] ?? 0),
    priority: Number.parseInt(lineAt(text, fields.priority[number] ?? 0), 10) || 0,
    isReadable:
      fields.unreadable[number] === 0 &&
      listOf({ first: depends.first, values: depends.at }, number).every((at) => isReadable(text, at)),
  };
}

export function readIdentity({ text, fields }: Catalog, number: number): string {
  return lineAt(text, fields.identity[number] ?? 0);
}

/** The item that stands at `at`; undefined for one that cannot be read. */
export function readDependency({ text }: Catalog, at: number): Dependency | undefined {
  return tryDependency(itemAt(text, at));
}

/** The version in a provided item; "" where there is none. One that is no version is kept, as apk does. */
export function readProvidedVersion({ text }: Catalog, at: number): string {
  const item = itemAt(text, at);
  return item.slice(nameEnd(item, 0)).replace(/^[<=>~]+/, "");
}

/** The value that begins at `start`, up to the end of its line; "" for 0, which says that there is none. */
function lineAt(text: Buffer, start: number): string {
  if (start === 0) return "";
  let end = start;
  while (end < text.length && text[end] !== 0x0a) end += 1;
  return text.toString("utf8", start, end);
}
