import { ImageError } from "./image-error.ts";

/** One piece of a word: an escape, a quoted run, a plain run; or the space between words. */
const piece = /\\([\s\S])|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|([^ \t\r\n\\'"#]+|#)|([ \t\r\n]+)/y;
const comment = /#[^\n]*/y;

/**
 * Splits a command into words as apko does with `entrypoint.command` and `cmd`, which are a shell's but for one thing: inside double
 * quotes every backslash is an escape, whatever follows it. White space separates, quotes and backslashes keep together, a `#` where a
 * word would begin is a comment up to the end of the line; nothing is expanded. Source: the package google/shlex.
 * @throws ImageError IMAGE_SYNTAX
 */
export function splitWords(text: string, what: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let end = 0; end < text.length;) {
    const found = (word === undefined ? matchAt(comment, text, end) : undefined) ?? matchAt(piece, text, end);
    if (found === undefined) throw unfinished(text.slice(end), what);
    const [whole, escaped, single, double, plain, space] = found;
    end += whole.length;
    const part = escaped ?? single ?? plain ?? double?.replace(/\\([\s\S])/g, "$1");
    if (part !== undefined) word = (word ?? "") + part;
    else if (space !== undefined && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

function matchAt(form: RegExp, text: string, position: number): RegExpExecArray | undefined {
  form.lastIndex = position;
  return form.exec(text) ?? undefined;
}

function unfinished(rest: string, what: string): ImageError {
  const problem = rest.startsWith("\\") ? "it ends with a backslash" : `a quote (${rest.charAt(0)}) is not closed`;
  return new ImageError("IMAGE_SYNTAX", `${what}: ${problem}`, { hint: "close the quote, or escape it" });
}
