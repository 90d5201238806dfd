/**
 * RE2 patterns (Go's `regexp`) as JavaScript ones. Question: which JavaScript pattern matches what this RE2 pattern matches?
 * The common core is the same; this translates what is spelled or means otherwise and refuses what RE2 refuses (look-around,
 * back references), so that a pattern never works here and fails there. Exception: RE2 runs in linear time, this may not.
 * Source: RE2's syntax page.
 */

/** The pattern as a global, unicode-aware JavaScript one. @throws SyntaxError with what RE2 would not take */
export function translateRe2(pattern: string): RegExp {
  const { flags, rest } = leadingFlags(pattern);
  let at = 0;
  let source = "";
  while (at < rest.length) {
    const token = rest[at] === "[" ? translateClass(rest, at) : translateToken(rest, at, flags);
    source += token.source;
    at += token.length;
  }
  return new RegExp(source, flags.includes("i") ? "giu" : "gu");
}

interface Token {
  readonly source: string;
  readonly length: number;
}

/** Flags that hold for the whole pattern, `(?im)` at its start. */
function leadingFlags(pattern: string): { flags: string; rest: string } {
  const match = /^\(\?([ims]+)\)/.exec(pattern);
  return { flags: match?.[1] ?? "", rest: pattern.slice(match?.[0].length ?? 0) };
}

const word = "A-Za-z0-9_";
const blanks = "\\t\\n\\f\\r ";
const posix: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word,
  xdigit: "0-9A-Fa-f",
};

function translateToken(text: string, at: number, flags: string): Token {
  const letter = text[at] ?? "";
  if (letter === "\\") return translateEscape(text, at, false);
  if (letter === ".") return { source: flags.includes("s") ? "[^]" : "[^\\n]", length: 1 };
  // JavaScript's own multiline anchors also stop at \r and U+2028.
  if (letter === "^" && flags.includes("m")) return { source: "(?<![^\\n])", length: 1 };
  if (letter === "$" && flags.includes("m")) return { source: "(?![^\\n])", length: 1 };
  if (text.startsWith("(?", at)) return translateGroup(text, at);
  const repeat = /^\{\d+(?:,\d*)?\}/.exec(text.slice(at, at + 24));
  if (repeat !== null) return { source: repeat[0], length: repeat[0].length };
  // A brace or bracket that opens nothing stands for itself; JavaScript wants it escaped.
  return { source: /[{}\]]/.test(letter) ? `\\${letter}` : letter, length: 1 };
}

function translateGroup(text: string, at: number): Token {
  const opening = /^\(\?(?::|P?<([A-Za-z_]\w*)>)/.exec(text.slice(at));
  if (opening !== null)
    return { source: opening[1] === undefined ? "(?:" : `(?<${opening[1]}>`, length: opening[0].length };
  if (/^\(\?[imsU-]+[:)]/.test(text.slice(at)))
    throw new SyntaxError("flags are taken at the start of the pattern only, from i, m and s");
  throw new SyntaxError(`RE2 has no \`${text.slice(at, at + 4)}\``);
}

/** Escapes that are spelled or mean otherwise; the rest is the same in both. `inside`: within a class. */
function translateEscape(text: string, at: number, inside: boolean): Token {
  const rest = text.slice(at + 1);
  const letter = rest[0];
  if (letter === undefined) throw new SyntaxError("trailing backslash");
  if (!inside && rest.startsWith("Q")) return translateQuoted(text, at);
  if (!inside && letter === "A") return { source: "(?<![^])", length: 2 };
  if (!inside && letter === "z") return { source: "(?![^])", length: 2 };
  if (letter === "s" || letter === "S") return { source: translateBlank(letter, inside), length: 2 };
  if (letter === "a") return { source: "\\x07", length: 2 };
  const hex = /^x\{([0-9A-Fa-f]+)\}/.exec(rest);
  if (hex?.[1] !== undefined) return { source: `\\u{${hex[1]}}`, length: hex[0].length + 1 };
  const property = /^([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(rest);
  if (property !== null) return translateProperty(property);
  const octal = /^0[0-7]{0,2}|^[1-7][0-7]{2}/.exec(rest);
  if (octal !== null)
    return { source: `\\u{${Number.parseInt(octal[0], 8).toString(16)}}`, length: octal[0].length + 1 };
  if (/[1-9]/.test(letter)) throw new SyntaxError(`RE2 has no back reference \`\\${letter}\``);
  if (/[a-zA-Z]/.test(letter) && !/[bBdDwWfnrtvx]/.test(letter)) throw new SyntaxError(`RE2 has no \`\\${letter}\``);
  return { source: keepsItsBackslash(letter, inside) ? `\\${letter}` : letter, length: 2 };
}

/** With the `u` flag only letters and syntax characters may be escaped, and `-` only within a class. */
function keepsItsBackslash(letter: string, inside: boolean): boolean {
  return /[a-zA-Z^$\\.*+?()[\]{}|/]/.test(letter) || (letter === "-" && inside);
}

function translateBlank(letter: "s" | "S", inside: boolean): string {
  if (!inside) return letter === "s" ? `[${blanks}]` : `[^${blanks}]`;
  return letter === "s" ? blanks : "\\x00-\\x08\\x0B\\x0E-\\x1F!-\\u{10FFFF}";
}

function translateProperty([whole, kind = "p", not = "", long, short]: RegExpExecArray): Token {
  const name = long ?? short ?? "";
  const negative = (kind === "P") !== (not === "^");
  // Categories are General_Category values in both; scripts need their property's name in JavaScript.
  const property = /^[A-Z][a-z&]?$/.test(name) ? name : `Script=${name}`;
  return { source: `\\${negative ? "P" : "p"}{${property}}`, length: whole.length + 1 };
}

function translateQuoted(text: string, at: number): Token {
  const end = text.indexOf("\\E", at + 2);
  const body = text.slice(at + 2, end < 0 ? undefined : end);
  return { source: body.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&"), length: body.length + (end < 0 ? 2 : 4) };
}

/** A class `[…]` with POSIX names, where `]` first stands for itself. */
function translateClass(text: string, start: number): Token {
  let at = start + 1;
  let source = "[";
  if (text[at] === "^") {
    source += "^";
    at += 1;
  }
  for (let first = true; first || text[at] !== "]"; first = false) {
    if (at >= text.length) throw new SyntaxError("missing closing ]");
    const item = translateClassItem(text, at);
    source += item.source;
    at += item.length;
  }
  return { source: `${source}]`, length: at + 1 - start };
}

function translateClassItem(text: string, at: number): Token {
  const named = /^\[:(\^?)(\w+):\]/.exec(text.slice(at));
  if (named !== null) {
    const members = posix[named[2] ?? ""];
    if (members === undefined || named[1] === "^") throw new SyntaxError(`unknown class ${named[0]}`);
    return { source: members, length: named[0].length };
  }
  if (text[at] === "\\") return translateEscape(text, at, true);
  const letter = text[at] ?? "";
  return { source: /[[\](){}/|]/.test(letter) ? `\\${letter}` : letter, length: 1 };
}
