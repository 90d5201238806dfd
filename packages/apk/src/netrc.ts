/**
 * A netrc file: names and passwords by host, as curl, ftp and git read it.
 *
 *     machine HOST [login NAME] [password WORD] [account WORD]
 *     default [login NAME] [password WORD]
 *     macdef NAME … up to an empty line (skipped)
 *
 * Words stand between white space; one with white space in it stands between double quotes, where a backslash takes the next
 * character as it is (`\n`, `\r`, `\t` are control characters). `#` where a keyword may stand begins a comment.
 */
export interface NetrcEntry {
  /** Undefined for `default`, which is for all hosts that have no entry. */
  readonly machine: string | undefined;
  readonly login: string;
  readonly password: string;
}

export interface Netrc {
  readonly entries: readonly NetrcEntry[];
  /** 1-based line of the first word that cannot be read; nothing after it was read. */
  readonly badLine: number | undefined;
}

interface Word {
  readonly text: string;
  readonly line: number;
  readonly isQuoted: boolean;
  /** Where the next word may begin. */
  readonly end: number;
}

type Draft = { -readonly [Key in keyof NetrcEntry]: NetrcEntry[Key] };

/** Reads the text of a netrc file. Never throws: a message about it must not quote it. */
export function parseNetrc(text: string): Netrc {
  const entries: Draft[] = [];
  let current: Draft | undefined;
  let at = 0;
  for (;;) {
    const word = nextWord(text, at);
    if (word === undefined) return { entries, badLine: undefined };
    if (word === "open") return { entries, badLine: lineOf(text, text.length) };
    at = word.end;
    if (!word.isQuoted && word.text.startsWith("#")) {
      at = endOfLine(text, at);
      continue;
    }
    if (word.text === "default") {
      current = { machine: undefined, login: "", password: "" };
      entries.push(current);
      continue;
    }
    if (word.text === "macdef") {
      at = endOfMacro(text, at);
      continue;
    }
    const value = nextWord(text, at);
    if (value === undefined || value === "open") return { entries, badLine: word.line };
    at = value.end;
    if (word.text === "machine") {
      current = { machine: value.text.toLowerCase(), login: "", password: "" };
      entries.push(current);
    } else if (current !== undefined && (word.text === "login" || word.text === "password")) {
      current[word.text] = value.text;
    } else if (word.text !== "account") return { entries, badLine: word.line };
  }
}

/** The entry for a host (with or without its port), the first one that names it; `default` only where it is allowed. */
export function findEntry(
  { entries }: Netrc,
  { host, hostname }: URL,
  { allowDefault }: { readonly allowDefault: boolean },
): NetrcEntry | undefined {
  const named = entries.find(({ machine }) => machine === host || machine === hostname);
  return named ?? (allowDefault ? entries.find(({ machine }) => machine === undefined) : undefined);
}

function nextWord(text: string, from: number): Word | "open" | undefined {
  const start = /\S/g;
  start.lastIndex = from;
  const found = start.exec(text);
  if (found === null) return undefined;
  const line = lineOf(text, found.index);
  if (found[0] === '"') return quotedWord(text, found.index + 1, line);
  const plain = /\S+/g;
  plain.lastIndex = found.index;
  const word = plain.exec(text)?.[0] ?? "";
  return { text: word, line, isQuoted: false, end: found.index + word.length };
}

function quotedWord(text: string, from: number, line: number): Word | "open" {
  const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
  let word = "";
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === '"') return { text: word, line, isQuoted: true, end: at + 1 };
    if (character === "\\") {
      at += 1;
      const escaped = text[at] ?? "";
      word += controls[escaped] ?? escaped;
    } else word += character;
  }
  return "open";
}

function endOfMacro(text: string, from: number): number {
  const blank = /\n[ \t\r]*\n/g;
  blank.lastIndex = from;
  return blank.exec(text) === null ? text.length : blank.lastIndex;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}
