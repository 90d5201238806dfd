/** Longer ones are no description of anything, and a document holds hundreds. */
const most = 4000;

/** Control characters, and the halves of characters that need two: what is looked at closely. Nearly no text has any. */
// eslint-disable-next-line no-control-regex
const unusual = /[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]/;
// eslint-disable-next-line no-control-regex
const unusualInLine = /[\x00-\x1f\x7f-\x9f\ud800-\udfff\u00a0]|^\s|\s$|\s\s/;

/** Text from outside as it may stand in a document: whole characters, no control characters but line ends, and not too long. */
export function plainText(text: string, mostChars = most): string {
  if (text.length <= mostChars && !unusual.test(text)) return text;
  const clean = text
    .slice(0, mostChars)
    .toWellFormed()
    .replace(/(?![\n])\p{Cc}/gu, " ");
  return text.length <= mostChars ? clean : `${clean.replace(/\uFFFD$/, "")}…`;
}

/** As {@link plainText}, in one line. */
export function plainLine(text: string, mostChars = most): string {
  if (text.length <= mostChars && !unusualInLine.test(text)) return text;
  return plainText(text, mostChars).replace(/\s+/g, " ").trim();
}

/** As {@link plainLine}, for what must not be empty. */
export function plainName(text: string): string {
  return plainLine(text) || "unnamed";
}
