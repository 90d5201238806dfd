import { scanReferences, type Lookup } from "./references.ts";

/**
 * Variables in a condition such as `${{build.arch}} == 'x86_64'`. A value that stands outside quotes becomes a quoted literal,
 * one inside quotes is put there as it is, so that both ways of writing mean what they look like.
 */

/** The condition with every known reference replaced; the others stay. */
export function replaceInCondition(condition: string, lookup: Lookup): string {
  let quote = "";
  let result = "";
  for (const part of scanReferences(condition)) {
    const value = part.kind === "reference" ? lookup(part.name) : undefined;
    if (value === undefined) result += part.spelling;
    else result += quote === "" ? quoteLiteral(value) : escapeWithin(value, quote);
    if (part.kind === "literal") quote = quoteAfter(part.spelling, quote);
  }
  return result;
}

/** A value as a double-quoted literal of the condition language; the escapes are the ones it reads: `\\ \" \n \t`. */
export function quoteLiteral(value: string): string {
  return `"${escapeWithin(value, '"')}"`;
}

function escapeWithin(value: string, quote: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** Which quote is open after `text`, when `quote` ("" for none) was open before it. */
function quoteAfter(text: string, quote: string): string {
  let open = quote;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (open !== "" && letter === "\\") at += 1;
    else if (open === "" && (letter === '"' || letter === "'")) open = letter;
    else if (letter === open) open = "";
  }
  return open;
}
