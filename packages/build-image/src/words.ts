import { ImageError } from "./image-error.ts";

/**
 * Splits a command into words as a POSIX shell would: white space separates, quotes and backslashes keep together; nothing is
 * expanded. What apko does with `entrypoint.command` and `cmd`. @throws ImageError IMAGE_SYNTAX
 */
export function splitWords(text: string, what: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quote === "'" ? char === "'" : quote === '"' && char === '"') quote = "";
    else if (quote === "'") word += char;
    else if (char === "\\" && (quote === "" || /["\\$`\n]/.test(text[at + 1] ?? "")))
      word = (word ?? "") + (text[(at += 1)] ?? "");
    else if (quote !== "") word += char;
    else if (char === "'" || char === '"') [quote, word] = [char, word ?? ""];
    else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") throw new ImageError("IMAGE_SYNTAX", `${what}: a quote (${quote}) is not closed`);
  return word === undefined ? words : [...words, word];
}
