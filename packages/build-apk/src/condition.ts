/**
 * The language of `if`, after substitution. Question: does the condition hold?
 *
 *     condition  = term { ("&&" | "||") term }          left to right, both operators bind alike
 *     term       = "(" condition ")" | comparison
 *     comparison = literal ("==" | "!=") literal
 *     literal    = '…' | "…"                            escapes \\ \' \" \n \t; any other backslash stays
 *
 * There are no bare words, numbers or `!`, and both sides are always read. Source: reference melange §1.8.
 */

export type Verdict =
  | { readonly ok: true; readonly holds: boolean }
  /** `position` counts UTF-16 units from 0. */
  | { readonly ok: false; readonly problem: string; readonly position: number };

/** Decides a condition; "" holds. */
export function evaluateCondition(condition: string): Verdict {
  if (condition.trim() === "") return { ok: true, holds: true };
  const cursor: Cursor = { text: condition, at: 0, depth: 0 };
  try {
    const holds = readCondition(cursor);
    skipBlanks(cursor);
    if (cursor.at < condition.length) throw new Malformed(`unexpected ${excerpt(cursor)}`, cursor.at);
    return { ok: true, holds };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { ok: false, problem: error.message, position: error.position };
  }
}

/** Deeper than anyone nests, and far from the end of the stack. */
const maximumDepth = 100;

interface Cursor {
  readonly text: string;
  at: number;
  depth: number;
}

class Malformed extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

function readCondition(cursor: Cursor): boolean {
  let holds = readTerm(cursor);
  for (;;) {
    const operator = readOneOf(cursor, ["&&", "||"]);
    if (operator === undefined) return holds;
    const next = readTerm(cursor);
    holds = operator === "&&" ? holds && next : holds || next;
  }
}

function readTerm(cursor: Cursor): boolean {
  if (readOneOf(cursor, ["("]) === undefined) return readComparison(cursor);
  cursor.depth += 1;
  if (cursor.depth > maximumDepth) throw new Malformed("too many parentheses", cursor.at);
  const holds = readCondition(cursor);
  cursor.depth -= 1;
  if (readOneOf(cursor, [")"]) === undefined) throw expected("`)`", cursor);
  return holds;
}

function readComparison(cursor: Cursor): boolean {
  const left = readLiteral(cursor);
  const operator = readOneOf(cursor, ["==", "!="]);
  if (operator === undefined) throw expected("`==` or `!=`", cursor);
  const right = readLiteral(cursor);
  return (left === right) === (operator === "==");
}

function readLiteral(cursor: Cursor): string {
  skipBlanks(cursor);
  const literal = /'((?:[^'\\]|\\[^])*)'|"((?:[^"\\]|\\[^])*)"/y;
  literal.lastIndex = cursor.at;
  const match = literal.exec(cursor.text);
  if (match === null) throw expected("a quoted value", cursor);
  cursor.at = literal.lastIndex;
  return (match[1] ?? match[2] ?? "").replace(/\\([^])/g, (whole, letter: string) => escapes[letter] ?? whole);
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\", "'": "'", '"': '"', n: "\n", t: "\t" };

function readOneOf(cursor: Cursor, tokens: readonly string[]): string | undefined {
  skipBlanks(cursor);
  const found = tokens.find((token) => cursor.text.startsWith(token, cursor.at));
  cursor.at += found?.length ?? 0;
  return found;
}

function skipBlanks(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? "")) cursor.at += 1;
}

function expected(what: string, cursor: Cursor): Malformed {
  return new Malformed(`expected ${what}, found ${excerpt(cursor)}`, cursor.at);
}

function excerpt({ text, at }: Cursor): string {
  return at < text.length ? `\`${text.slice(at, at + 40)}\`` : "the end";
}
