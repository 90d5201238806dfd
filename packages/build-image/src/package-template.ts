import { suggestName } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
import type { ShownPackage } from "./show-packages.ts";

/**
 * How `show-packages --format` writes a package: apko's presets by name, or a template in the language of Go's text/template, of
 * which this is the part that a line about a package needs: fields, quoted texts, `printf` of both, comments, and `{{-`, `-}}`.
 * Whatever else the language has is refused where it stands; nothing is ever left out of a line without a word.
 */
export type WritePackage = (shown: Pick<ShownPackage, "name" | "version" | "source">) => string;

const presets: Readonly<Record<string, string>> = {
  "name-version": "{{ .Name }} {{ .Version }}",
  "name-version-source": "{{ .Name }} {{ .Version }} {{ .Source }}",
  "name=version": "{{ .Name }}={{ .Version }}",
  "name=version-source": "{{ .Name }}={{ .Version }} {{ .Source }}",
  "name-(version)": "{{ .Name }} ({{ .Version }})",
  "name-(version)-source": "{{ .Name }} ({{ .Version }}) {{ .Source }}",
  packagelock: "- {{ .Name }}={{ .Version }}",
  "packagelock-source": "- {{ .Name }}={{ .Version }} # {{ .Source }}",
};

/** Names of the ready-made formats. */
export const packageFormats: readonly string[] = Object.keys(presets);

/** A preset's name, or a template → what writes a package in it. @throws ImageError IMAGE_TEMPLATE with the position */
export function compilePackageFormat(format: string): WritePackage {
  const parts = parseTemplate(presets[format] ?? format);
  return (shown) => parts.map((part) => (typeof part === "string" ? part : part(shown))).join("");
}

type Part = string | WritePackage;

function parseTemplate(template: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  let trims = false;
  for (let open = template.indexOf("{{"); open >= 0; open = template.indexOf("{{", at)) {
    const close = findClose(template, open);
    const { body, trimsBefore, trimsAfter } = readDelimiters(template.slice(open + 2, close));
    const text = trims ? template.slice(at, open).trimStart() : template.slice(at, open);
    parts.push(trimsBefore ? text.trimEnd() : text);
    if (!/^\/\*.*\*\/$/s.test(body)) parts.push(parseAction(body, open));
    trims = trimsAfter;
    at = close + 2;
  }
  const rest = template.slice(at);
  return [...parts, trims ? rest.trimStart() : rest];
}

/** The closing braces of an action; those within its quotes do not count. */
function findClose(template: string, open: number): number {
  let quote = "";
  const begin = /^(?:-\s)?\s*\/\*/.exec(template.slice(open + 2))?.[0].length;
  for (
    let at = begin === undefined ? open + 2 : endOfComment(template, open, open + 2 + begin);
    at < template.length;
    at += 1
  ) {
    const char = template.charAt(at);
    if (quote === "" && template.startsWith("}}", at)) return at;
    if (quote === "") quote = char === '"' || char === "`" ? char : "";
    else if (char === "\\" && quote === '"') at += 1;
    else if (char === quote) quote = "";
  }
  throw refuse(open, "an action that is not closed with }}");
}

function endOfComment(template: string, open: number, start: number): number {
  const end = template.indexOf("*/", start);
  if (end < 0) throw refuse(open, "a comment that is not closed with */");
  return end + 2;
}

/** A minus with white space between it and what it encloses takes away the white space outside. */
function readDelimiters(inside: string): { body: string; trimsBefore: boolean; trimsAfter: boolean } {
  const trimsBefore = /^-\s/.test(inside);
  const rest = trimsBefore ? inside.slice(1) : inside;
  const trimsAfter = /\s-$/.test(rest);
  return { body: (trimsAfter ? rest.slice(0, -1) : rest).trim(), trimsBefore, trimsAfter };
}

function parseAction(body: string, position: number): WritePackage {
  const words = splitWords(body, position);
  const [first = "", ...others] = words;
  if (first === "printf") return parsePrintf(others, position);
  if (first !== "" && others.length === 0) return parseOperand(first, position);
  throw refuse(position, first === "" ? "an empty action" : `${JSON.stringify(body)} is not understood`);
}

function splitWords(body: string, position: number): string[] {
  const words = body.match(/"(?:[^"\\]|\\.)*"|`[^`]*`|[^\s"`]+|["`]/gs) ?? [];
  if (words.some((word) => word === '"' || word === "`")) throw refuse(position, "a text that is not closed");
  return words;
}

function parseOperand(word: string, position: number): WritePackage {
  const text = parseText(word, position);
  if (text !== undefined) return () => text;
  switch (word) {
    case ".Name":
      return ({ name }) => name;
    case ".Version":
      return ({ version }) => version;
    case ".Source":
      return ({ source }) => source;
    default: {
      const hint = suggestName(word, [".Name", ".Version", ".Source"]);
      throw refuse(position, `${JSON.stringify(word)} is not understood`, hint);
    }
  }
}

/** A text in quotes or backquotes; undefined for anything else. */
function parseText(word: string, position: number): string | undefined {
  if (word.startsWith("`")) return word.slice(1, -1);
  if (!word.startsWith('"')) return undefined;
  if (/\n|\\[^nrt"\\]/.test(word.replace(/\\\\/g, "")))
    throw refuse(position, `the text ${word} has an escape that is not understood`);
  const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
  return word.slice(1, -1).replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
}

function parsePrintf([first = "", ...words]: readonly string[], position: number): WritePackage {
  const format = parseText(first, position);
  if (format === undefined) throw refuse(position, "printf without a quoted format");
  const operands = words.map((word) => parseOperand(word, position));
  const parts = format.split(/(%(?:-?\d{1,4})?[a-zA-Z%]?)/);
  const verbs = parts.filter((part) => part.startsWith("%") && part !== "%%");
  const foreign = verbs.find((verb) => !/[svq]$/.test(verb));
  if (foreign !== undefined) throw refuse(position, `printf's ${foreign} is not understood`);
  if (verbs.length !== operands.length)
    throw refuse(position, `printf has ${String(verbs.length)} verbs and ${String(operands.length)} values`);
  return (shown) => {
    const values = operands.map((operand) => operand(shown))[Symbol.iterator]();
    return parts
      .map((part) => (part === "%%" ? "%" : part.startsWith("%") ? formatVerb(part, values.next().value ?? "") : part))
      .join("");
  };
}

function formatVerb(verb: string, value: string): string {
  const width = Number(/-?\d+/.exec(verb)?.[0] ?? "0");
  const text = verb.endsWith("q") ? JSON.stringify(value) : value;
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}

function refuse(position: number, problem: string, hint?: string): ImageError {
  return new ImageError("IMAGE_TEMPLATE", `format, at character ${String(position + 1)}: ${problem}`, {
    hint:
      hint ??
      "use .Name, .Version, .Source, quoted texts and printf with %s, %v and %q; see --help for ready-made formats",
  });
}
