import { tryDependency } from "../dependency.ts";

/**
 * Items of dependency lists, where they stand in the text of an index. A distribution has a hundred thousand of them: nearly all
 * are names alone, or have a relation as simple as `=1.2.3-r0`, and no string is made of those to see that they are sound.
 */

const [newline, space, bang, dot, hyphen] = [0x0a, 0x20, 0x21, 0x2e, 0x2d];

/** By byte: what a name consists of, what may stand behind it, what ends an item. */
export const [inName, behindItem] = [0, 2] as const;
export const byteKinds = new Uint8Array(256).fill(1);
for (const sign of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+:,/[]-")
  byteKinds[sign.charCodeAt(0)] = inName;
byteKinds[space] = byteKinds[newline] = behindItem;

/** The item that begins at `at`. */
export function itemAt(text: Buffer, at: number): string {
  return text.toString("utf8", at, itemEnd(text, at));
}

/** True for an item that asks for a name, whatever its version. */
export function isNameAlone(text: Buffer, at: number): boolean {
  return text[at] !== bang && isEnd(text[nameEnd(text, at)]);
}

/** True when the item can be read as a dependency of a package. */
export function isReadable(text: Buffer, at: number): boolean {
  const name = text[at] === bang ? at + 1 : at;
  const end = nameEnd(text, name);
  if (end > name && (isEnd(text[end]) || isEnd(text[simpleRelationEnd(text, end)]))) return true;
  // Only a world has tags.
  return tryDependency(itemAt(text, at))?.tag === "";
}

function nameEnd(text: Buffer, start: number): number {
  let end = start;
  while (byteKinds[text[end] ?? space] === inName) end += 1;
  return end;
}

function itemEnd(text: Buffer, start: number): number {
  let end = start;
  while (byteKinds[text[end] ?? space] !== behindItem) end += 1;
  return end;
}

/** Where a relation of one sign to numbers with dots, a letter and a revision ends; `start` for any other. */
function simpleRelationEnd(text: Buffer, start: number): number {
  const sign = text[start] ?? 0;
  if (sign !== 0x3d && sign !== 0x3c && sign !== 0x3e && sign !== 0x7e) return start;
  let at = start;
  do {
    const digits = at + 1;
    at = digitsEnd(text, digits);
    if (at === digits) return start;
  } while (text[at] === dot);
  if (isLetter(text[at])) at += 1;
  if (text[at] !== hyphen || text[at + 1] !== 0x72 /* r */) return at;
  const revision = digitsEnd(text, at + 2);
  return revision === at + 2 ? start : revision;
}

function digitsEnd(text: Buffer, start: number): number {
  let end = start;
  while ((text[end] ?? 0) >= 0x30 && (text[end] ?? 0) <= 0x39) end += 1;
  return end;
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x61 && byte <= 0x7a;
}

function isEnd(byte: number | undefined): boolean {
  return byte === undefined || byte === space || byte === newline;
}
