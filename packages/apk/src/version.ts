/**
 * Which of two versions is newer? apk's rule, stated in reference apk-formats A5.
 *
 * Grammar: digits { "." digits } [a-z] { "_" suffix [digits] } [ "~" hex ] [ "-r" digits ]. A version is read as tokens, each of a
 * class; two versions are compared token by token while the classes agree. Where the classes differ, a pre-release suffix
 * is less than anything else; otherwise the side whose token class is higher is less, so that `1.0` comes before `1.0.1`.
 * An absent version (an unversioned provide) is invalid at once, and so lower than every version.
 */

const first = 0;
const further = 1;
const letter = 2;
const suffix = 3;
const suffixNumber = 4;
const hash = 5;
const revision = 6;
const end = 7;
const invalid = 8;

interface Token {
  readonly kind: number;
  readonly text: string;
}

const suffixes = ["alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"];
const preReleases = 4;

/** What may come next after a token of a class: the pattern, and the class that it gives. Tried in order. */
const grammar: readonly { readonly after: readonly number[]; readonly pattern: RegExp; readonly kind: number }[] = [
  { after: [first, further], pattern: /\.([0-9]+)/y, kind: further },
  { after: [first, further], pattern: /([a-z])/y, kind: letter },
  { after: [first, further, letter, suffix, suffixNumber], pattern: /_([a-z]+)/y, kind: suffix },
  { after: [suffix], pattern: /([0-9]+)/y, kind: suffixNumber },
  { after: [first, further, letter, suffix, suffixNumber], pattern: /~([0-9a-f]+)/y, kind: hash },
  { after: [first, further, letter, suffix, suffixNumber, hash], pattern: /-r([0-9]+)/y, kind: revision },
];

const cache = new Map<string, readonly Token[]>();
const mostCached = 100_000;

function tokensOf(version: string): readonly Token[] {
  const known = cache.get(version);
  if (known !== undefined) return known;
  const tokens = tokenize(version);
  if (cache.size >= mostCached) cache.clear();
  cache.set(version, tokens);
  return tokens;
}

function tokenize(version: string): Token[] {
  const start = /^[0-9]+/.exec(version)?.[0];
  if (start === undefined) return [{ kind: invalid, text: "" }];
  const tokens: Token[] = [{ kind: first, text: start }];
  for (let position = start.length; position < version.length;) {
    const found = nextToken(version, position, tokens.at(-1)?.kind ?? first);
    if (found === undefined) return [...tokens, { kind: invalid, text: "" }];
    tokens.push(found.token);
    position = found.position;
  }
  return [...tokens, { kind: end, text: "" }];
}

function nextToken(
  version: string,
  position: number,
  previous: number,
): { token: Token; position: number } | undefined {
  for (const { after, pattern, kind } of grammar) {
    if (!after.includes(previous)) continue;
    pattern.lastIndex = position;
    const text = pattern.exec(version)?.[1];
    if (text === undefined || (kind === suffix && !suffixes.includes(text))) continue;
    return { token: { kind, text }, position: pattern.lastIndex };
  }
  return undefined;
}

/** True for a version of apk's grammar. */
export function isValidVersion(version: string): boolean {
  return tokensOf(version).at(-1)?.kind === end;
}

/** -1, 0 or 1 as `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  return compare(a, b, false);
}

/** The same, but `b` may also be a beginning of `a` in tokens, which counts as equal: the `~` of a constraint. */
function compare(a: string, b: string, fuzzy: boolean): -1 | 0 | 1 {
  const [left, right] = [tokensOf(a), tokensOf(b)];
  for (let index = 0; ; index += 1) {
    const [x, y] = [left[index], right[index]];
    if (x === undefined || y === undefined) return 0;
    if (x.kind !== y.kind) return fuzzy && y.kind === end ? 0 : compareKinds(x, y);
    const order = compareTokens(x, y);
    if (order !== 0) return order;
  }
}

function compareKinds(x: Token, y: Token): -1 | 1 {
  if (isPreRelease(x)) return -1;
  if (isPreRelease(y)) return 1;
  return x.kind > y.kind ? -1 : 1;
}

function isPreRelease(token: Token): boolean {
  return token.kind === suffix && suffixes.indexOf(token.text) < preReleases;
}

function compareTokens(x: Token, y: Token): -1 | 0 | 1 {
  switch (x.kind) {
    case first:
    case suffixNumber:
    case revision:
      return compareNumbers(x.text, y.text);
    case further:
      // A fraction, as in 1.05: such digits are compared from the left.
      return x.text.startsWith("0") || y.text.startsWith("0") ? sign(x.text, y.text) : compareNumbers(x.text, y.text);
    case suffix:
      return sign(suffixes.indexOf(x.text), suffixes.indexOf(y.text));
    default:
      return sign(x.text, y.text);
  }
}

function compareNumbers(a: string, b: string): -1 | 0 | 1 {
  const [x, y] = [a.replace(/^0+(?=.)/, ""), b.replace(/^0+(?=.)/, "")];
  return x.length === y.length ? sign(x, y) : sign(x.length, y.length);
}

function sign<Value extends string | number>(x: Value, y: Value): -1 | 0 | 1 {
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Relations of a constraint. `~` alone is equality by beginning. */
export type VersionOperator = "=" | "<" | "<=" | ">" | ">=" | "~" | "<~" | ">~";

/** Does `version` stand in the relation to `wanted`? Both may be "" for an absent version. */
export function matchVersion(version: string, operator: VersionOperator, wanted: string): boolean {
  const order = compare(version, wanted, operator.includes("~"));
  if (order < 0) return operator.includes("<");
  if (order > 0) return operator.includes(">");
  return operator.includes("=") || operator.includes("~");
}

/** Splits `name-version` at the last hyphen before a digit, revisions aside. */
export function splitNameVersion(text: string): { readonly name: string; readonly version: string } {
  const match = /^(.+)-([0-9][^-]*(?:-r[0-9]+)?)$/.exec(text);
  return { name: match?.[1] ?? text, version: match?.[2] ?? "" };
}
