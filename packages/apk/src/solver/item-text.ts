import { tryDependency } from "../dependency.ts";

/** Values and items of dependency lists, where they stand in the text of an index. */

const [newline, space, bang] = [0x0a, 0x20, 0x21];

/** By byte: 1 for what a name consists of. */
const isInName = new Uint8Array(256);
for (const sign of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+:,/[]-")
  isInName[sign.charCodeAt(0)] = 1;

/** The value that begins at `start`, up to the end of its line. */
export function lineAt(text: Buffer, start: number): string {
  let end = start;
  while (end < text.length && text[end] !== newline) end += 1;
  return text.toString("utf8", start, end);
}

/** The item that begins at `start`. */
export function itemAt(text: Buffer, start: number): string {
  let end = start;
  while (!isEnd(text[end])) end += 1;
  return text.toString("utf8", start, end);
}

/** True for an item that asks for a name, whatever its version. */
export function isNameAlone(text: Buffer, start: number): boolean {
  let end = start;
  while (isInName[text[end] ?? space] === 1) end += 1;
  return text[start] !== bang && isEnd(text[end]);
}

/** True when the item can be read as a dependency of a package: only a world has tags. */
export function isReadable(text: Buffer, at: number): boolean {
  return tryDependency(itemAt(text, at))?.tag === "";
}

function isEnd(byte: number | undefined): boolean {
  return byte === undefined || byte === space || byte === newline;
}
