/**
 * The parts of a version, one after the other: digits { "." digits } [a-z] { "_" suffix [digits] } [ "~" hex ] [ "-r" digits ]
 * (reference apk-formats A5). A cursor reads only as far as it is asked to: most comparisons end at the first parts.
 */

/** Kinds of tokens, in the order in which they may follow each other; where kinds differ, the later one is less. */
export const tokenKind = {
  first: 0,
  further: 1,
  letter: 2,
  suffix: 3,
  suffixNumber: 4,
  hash: 5,
  revision: 6,
  end: 7,
  invalid: 8,
} as const;

type TokenKind = (typeof tokenKind)[keyof typeof tokenKind];

/** Stands on one token of a version. */
export interface VersionCursor {
  readonly text: string;
  kind: TokenKind;
  /** Where the token's digits stand (numbers and hash). */
  start: number;
  end: number;
  /** A letter's code; a suffix's rank, below 0 for those that come before the release. */
  value: number;
}

const suffixes = new Map([
  ["alpha", -4],
  ["beta", -3],
  ["pre", -2],
  ["rc", -1],
  ["cvs", 1],
  ["svn", 2],
  ["git", 3],
  ["hg", 4],
  ["p", 5],
]);

/** A cursor on the first token; `invalid` where the text does not begin with a digit. */
export function openVersion(text: string): VersionCursor {
  const cursor: VersionCursor = { text, kind: tokenKind.first, start: 0, end: 0, value: 0 };
  takeDigits(cursor, 0, tokenKind.first);
  return cursor;
}

/** Steps to the next token. Behind `end` and `invalid` there is none. */
export function nextToken(cursor: VersionCursor): void {
  const { text, kind, end } = cursor;
  if (kind >= tokenKind.end) return;
  const code = text.charCodeAt(end);
  if (end === text.length) become(cursor, tokenKind.end, end);
  else if (code === 0x2e /* . */ && kind <= tokenKind.further) takeDigits(cursor, end + 1, tokenKind.further);
  else if (code === 0x5f /* _ */ && kind <= tokenKind.suffixNumber) takeSuffix(cursor, end + 1);
  else if (code === 0x7e /* ~ */ && kind <= tokenKind.suffixNumber) takeHash(cursor, end + 1);
  else if (code === 0x2d /* - */ && kind <= tokenKind.hash && text.charCodeAt(end + 1) === 0x72 /* r */)
    takeDigits(cursor, end + 2, tokenKind.revision);
  else if (kind === tokenKind.suffix && isDigit(code)) takeDigits(cursor, end, tokenKind.suffixNumber);
  else if (kind <= tokenKind.further && isLetter(code)) takeLetter(cursor, end);
  else fail(cursor);
}

function become(cursor: VersionCursor, kind: TokenKind, end: number): void {
  cursor.kind = kind;
  cursor.end = end;
}

function fail(cursor: VersionCursor): void {
  cursor.kind = tokenKind.invalid;
}

function takeDigits(cursor: VersionCursor, start: number, kind: TokenKind): void {
  let end = start;
  while (isDigit(cursor.text.charCodeAt(end))) end += 1;
  cursor.start = start;
  become(cursor, end === start ? tokenKind.invalid : kind, end);
}

function takeHash(cursor: VersionCursor, start: number): void {
  let end = start;
  while (isHex(cursor.text.charCodeAt(end))) end += 1;
  cursor.start = start;
  become(cursor, end === start ? tokenKind.invalid : tokenKind.hash, end);
}

function takeLetter(cursor: VersionCursor, at: number): void {
  cursor.value = cursor.text.charCodeAt(at);
  become(cursor, tokenKind.letter, at + 1);
}

function takeSuffix(cursor: VersionCursor, start: number): void {
  let end = start;
  while (isLetter(cursor.text.charCodeAt(end))) end += 1;
  const rank = suffixes.get(cursor.text.slice(start, end));
  cursor.value = rank ?? 0;
  become(cursor, rank === undefined ? tokenKind.invalid : tokenKind.suffix, end);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x66);
}
