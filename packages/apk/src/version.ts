import { nextToken, openVersion, tokenKind, type VersionCursor } from "./version-tokens.ts";

/**
 * Which of two versions is newer, and does one fit a constraint? apk's rule (reference apk-formats A5).
 *
 * Both versions are read token by token while the kinds of their tokens agree; the first tokens that differ decide. Where the
 * kinds differ, a pre-release suffix is less than anything else; otherwise the later kind is less, so that `1.0` stands
 * before `1.0.1` but after nothing. An absent version (of a provide without one) is invalid at once, and so below every
 * version.
 */

/** True for a version of apk's grammar. */
export function isValidVersion(version: string): boolean {
  const cursor = openVersion(version);
  while (cursor.kind < tokenKind.end) nextToken(cursor);
  return cursor.kind === tokenKind.end;
}

/** -1, 0 or 1 as `a` is older than, the same as or newer than `b`. Versions may be the same in different spellings. */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  return a === b ? 0 : compare(a, b, false);
}

/** Relations of a constraint. `~` alone is equality by beginning: `1.2.3 ~ 1.2`. */
export type VersionOperator = "=" | "<" | "<=" | ">" | ">=" | "~" | "<~" | ">~";

/** Does `version` stand in the relation to `wanted`? Both may be "" for an absent version. */
export function matchVersion(version: string, operator: VersionOperator, wanted: string): boolean {
  const order = version === wanted ? 0 : compare(version, wanted, operator.includes("~"));
  if (order < 0) return operator.includes("<");
  if (order > 0) return operator.includes(">");
  return operator.includes("=") || operator.includes("~");
}

/** Splits `name-version` at the last hyphen before a digit; the version is "" where there is none. */
export function splitNameVersion(text: string): { readonly name: string; readonly version: string } {
  const match = /^(.+)-([0-9][^-]*(?:-r[0-9]+)?)$/.exec(text);
  return { name: match?.[1] ?? text, version: match?.[2] ?? "" };
}

/** With `fuzzy`, `b` may also be a beginning of `a` in tokens. */
function compare(a: string, b: string, fuzzy: boolean): -1 | 0 | 1 {
  const x = openVersion(a);
  const y = openVersion(b);
  while (x.kind === y.kind && x.kind < tokenKind.end) {
    const order = compareTokens(x, y);
    if (order !== 0) return order;
    nextToken(x);
    nextToken(y);
  }
  if (x.kind === y.kind || (fuzzy && y.kind === tokenKind.end)) return 0;
  if (isPreRelease(x)) return -1;
  if (isPreRelease(y)) return 1;
  return x.kind > y.kind ? -1 : 1;
}

function isPreRelease({ kind, value }: VersionCursor): boolean {
  return kind === tokenKind.suffix && value < 0;
}

function compareTokens(x: VersionCursor, y: VersionCursor): -1 | 0 | 1 {
  switch (x.kind) {
    case tokenKind.letter:
    case tokenKind.suffix:
      return sign(x.value, y.value);
    case tokenKind.hash:
      return sign(textOf(x), textOf(y));
    case tokenKind.further:
      // Behind a dot a leading zero makes a fraction of it, as in 1.05: such digits are compared from the left.
      return startsWithZero(x) || startsWithZero(y) ? sign(textOf(x), textOf(y)) : compareNumbers(x, y);
    default:
      return compareNumbers(x, y);
  }
}

function compareNumbers(x: VersionCursor, y: VersionCursor): -1 | 0 | 1 {
  if (x.end - x.start < 16 && y.end - y.start < 16) return sign(Number(textOf(x)), Number(textOf(y)));
  return sign(BigInt(textOf(x)), BigInt(textOf(y)));
}

function textOf({ text, start, end }: VersionCursor): string {
  return text.slice(start, end);
}

function startsWithZero({ text, start }: VersionCursor): boolean {
  return text.charCodeAt(start) === 0x30;
}

function sign<Value extends string | number | bigint>(x: Value, y: Value): -1 | 0 | 1 {
  return x < y ? -1 : x > y ? 1 : 0;
}
