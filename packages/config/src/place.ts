/** A position in a file, 1-based, columns counted in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A text of a configuration with its spelling in the file, so that a part of the value can be pointed at. */
export interface TextPlace extends Place {
  /** The text as it stands in the file: quotes, block header and indentation included. */
  readonly spelling: string;
}

/**
 * The position of the `nth` (0-based) occurrence of `part` in a text of a file. Folding, quoting and indentation move
 * characters between a value and its spelling, but a `${{name}}` is spelled as itself; where it is not (a value that came
 * from a variable), the start of the text is the best answer.
 */
export function placeWithin(text: TextPlace, part: string, nth = 0): Place {
  const offset = nthIndexOf(text.spelling, part, nth);
  if (offset < 0) return { file: text.file, line: text.line, column: text.column };
  const before = text.spelling.slice(0, offset);
  const lineStart = before.lastIndexOf("\n");
  if (lineStart < 0) return { file: text.file, line: text.line, column: text.column + offset };
  return { file: text.file, line: text.line + before.split("\n").length - 1, column: offset - lineStart };
}

function nthIndexOf(text: string, part: string, nth: number): number {
  let offset = text.indexOf(part);
  for (let seen = 0; seen < nth && offset >= 0; seen += 1) offset = text.indexOf(part, offset + part.length);
  return offset;
}
