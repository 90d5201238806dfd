import { ImageError } from "./image-error.ts";

/** One piece of a word: an escape, a quoted run, a plain run; or the space between words. */
const piece = /\\([\s\S])|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|([^\s\\'"]+)|(\s+)/gy;

/**
 * Splits a command into words as a POSIX shell would: white space separates, quotes and backslashes keep together; nothing
 * is expanded. What apko does with `entrypoint.command` and `cmd`. @throws ImageError IMAGE_SYNTAX
 */
export function splitWords(text: string, what: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let end = 0;
  for (const match of text.matchAll(piece)) {
    const [whole, escaped, single, double, plain, space] = match;
    end += whole.length;
    if (space === undefined) word = (word ?? "") + (escaped ?? single ?? plain ?? unescape(double ?? ""));
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (end < text.length) throw unfinished(text.slice(end), what);
  return word === undefined ? words : [...words, word];
}

/** Inside double quotes a backslash keeps its meaning before these only. */
function unescape(text: string): string {
  return text.replace(/\\(["\\$`\n])/g, "$1");
}

function unfinished(rest: string, what: string): ImageError {
  const problem = rest.startsWith("\\") ? "it ends with a backslash" : `a quote (${rest.charAt(0)}) is not closed`;
  return new ImageError("IMAGE_SYNTAX", `${what}: ${problem}`, { hint: "close the quote, or escape it" });
}
