import type { Limits } from "@apkmill/core";
import { readConfigText } from "./config-file.ts";
import { collectProblems, requireNoProblems } from "./problems.ts";

/**
 * Files of `NAME=value` lines, as the godotenv library reads them: `export` may stand before a name, `:` may stand for `=`, `#`
 * begins a comment at the start of a line or behind a blank. A value in single quotes is literal; in double quotes `\n`, `\r`
 * and escaped characters count and it may span lines; there and in bare values `$NAME` and `${NAME}` stand for variables set earlier in the file.
 */

/**
 * The variables of an env file.
 * @throws ConfigError CONFIG_INVALID; CoreError FILE_UNREADABLE
 */
export async function loadEnvironmentFile(path: string, limits: Limits): Promise<Readonly<Record<string, string>>> {
  return parseEnvironment(await readConfigText(path, limits), path);
}

/** See {@link loadEnvironmentFile}. @throws ConfigError CONFIG_INVALID */
export function parseEnvironment(content: string, file: string): Readonly<Record<string, string>> {
  const text = content.replaceAll("\r\n", "\n");
  const problems = collectProblems();
  const variables = new Map<string, string>();
  let at = skipBlankLines(text, 0);
  while (at < text.length) {
    const assignment = readAssignment(text, at, variables);
    if (assignment === undefined) {
      const line = text.slice(0, at).split("\n").length;
      problems.add(
        "CONFIG_SYNTAX",
        { file, line, column: 1 },
        "expected `NAME=value`",
        "write one assignment on each line",
      );
      at = endOfLine(text, at);
    } else {
      variables.set(assignment.name, assignment.value);
      at = assignment.end;
    }
    at = skipBlankLines(text, at);
  }
  requireNoProblems(problems, file);
  return Object.fromEntries(variables);
}

interface Assignment {
  readonly name: string;
  readonly value: string;
  readonly end: number;
}

function readAssignment(text: string, at: number, variables: ReadonlyMap<string, string>): Assignment | undefined {
  const head = /(?:export[ \t]+)?([A-Za-z0-9_.]+)[ \t]*[=:][ \t]*/y;
  head.lastIndex = at;
  const match = head.exec(text);
  if (match?.[1] === undefined) return undefined;
  const value = readValue(text, head.lastIndex, variables);
  return value && { name: match[1], ...value };
}

function readValue(
  text: string,
  at: number,
  variables: ReadonlyMap<string, string>,
): { value: string; end: number } | undefined {
  const quote = text[at];
  if (quote !== "'" && quote !== '"') {
    const end = endOfLine(text, at);
    const bare = text.slice(at, end).replace(/(?:^|[ \t]+)#.*$/, "");
    return { value: expand(bare.trim(), variables), end };
  }
  const quoted = quote === "'" ? /'((?:[^'\\]|\\[^])*)'/y : /"((?:[^"\\]|\\[^])*)"/y;
  quoted.lastIndex = at;
  const body = quoted.exec(text)?.[1];
  if (body === undefined) return undefined;
  const end = endOfLine(text, quoted.lastIndex);
  return { value: quote === "'" ? body : expand(unescape(body), variables), end };
}

/** Escapes of a double-quoted value; `\$` keeps its backslash for {@link expand}. */
function unescape(body: string): string {
  return body.replace(/\\([^$])/g, (_, letter: string) => ({ n: "\n", r: "\r" })[letter] ?? letter);
}

function expand(value: string, variables: ReadonlyMap<string, string>): string {
  return value.replace(
    /(\\)?\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g,
    (whole, escaped?: string, braced?: string, bare?: string) =>
      escaped === undefined ? (variables.get(braced ?? bare ?? "") ?? "") : whole.slice(1),
  );
}

function skipBlankLines(text: string, at: number): number {
  const blank = /(?:[ \t]*(?:#[^\n]*)?(?:\n|$)|[ \t]+)*/y;
  blank.lastIndex = at;
  return at + (at < text.length ? (blank.exec(text)?.[0].length ?? 0) : 0);
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}
