/**
 * `${{name}}`: the one notation for variables in a package configuration and in pipelines. Blanks may stand inside the braces;
 * a name consists of letters, digits, `.`, `_` and `-`. There is no escape. Source: reference melange §1.8.
 */

/** A piece of a text: what stands for itself, or a reference. `spelling` is the piece as written. */
export type TextPart =
  | { readonly kind: "literal"; readonly spelling: string }
  | { readonly kind: "reference"; readonly spelling: string; readonly name: string }
  /** `${{` that no name and `}}` follow. */
  | { readonly kind: "malformed"; readonly spelling: string };

/** Cuts a text into its parts; their spellings joined are the text. */
export function scanReferences(text: string): readonly TextPart[] {
  if (!text.includes("${{")) return text === "" ? [] : [{ kind: "literal", spelling: text }];
  const parts: TextPart[] = [];
  let at = 0;
  for (let open = text.indexOf("${{"); open >= 0; open = text.indexOf("${{", at)) {
    if (open > at) parts.push({ kind: "literal", spelling: text.slice(at, open) });
    const part = readReference(text, open);
    parts.push(part);
    at = open + part.spelling.length;
  }
  if (at < text.length) parts.push({ kind: "literal", spelling: text.slice(at) });
  return parts;
}

const reference = /\$\{\{[ \t\r\n]*([A-Za-z0-9._-]+)[ \t\r\n]*\}\}/y;

function readReference(text: string, open: number): TextPart {
  reference.lastIndex = open;
  const match = reference.exec(text);
  if (match?.[1] !== undefined) return { kind: "reference", spelling: match[0], name: match[1] };
  return { kind: "malformed", spelling: "${{" };
}

/** Looks a variable up; undefined when it has no value here. */
export type Lookup = (name: string) => string | undefined;

/** The text with every known reference replaced, once: what a value contains is not looked at. The rest stays as it is. */
export function replaceKnown(text: string, lookup: Lookup): string {
  return scanReferences(text)
    .map((part) => (part.kind === "reference" ? (lookup(part.name) ?? part.spelling) : part.spelling))
    .join("");
}
