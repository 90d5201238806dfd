import { ImageError } from "./image-error.ts";

/** One line of `passwd(5)`, `group(5)` or `shadow(5)`. */
export type Fields = readonly string[];

/** The account files and how many fields their lines have. */
const widths = { "etc/passwd": 7, "etc/group": 4, "etc/shadow": 9 } as const;

export type AccountPath = keyof typeof widths;

/**
 * The lines of an account file, empty ones left out. @throws ImageError IMAGE_CONTENT for a line of another form, as apko does: what
 * programs make of it is not known, and adding to such a file might name somebody else
 */
export function parseAccountLines(path: AccountPath, text: string): Fields[] {
  return text.split("\n").flatMap((line, index) => {
    if (line === "") return [];
    const fields = line.split(":");
    if (fields.length === widths[path]) return [fields];
    const found = `${String(fields.length)} in line ${String(index + 1)}`;
    throw new ImageError("IMAGE_CONTENT", `${path}: expected ${String(widths[path])} fields, found ${found}`, {
      hint: "correct the package that brings this file",
      context: { path },
    });
  });
}

/** The lines with `added`; where a name stands already, `merge` says what becomes of its line. */
export function joinAccountLines(
  standing: readonly Fields[],
  added: readonly Fields[],
  merge: (standing: Fields, wanted: Fields) => Fields,
): Fields[] {
  const lines = [...standing];
  const positions = new Map<string | undefined, number>();
  for (const [index, [name]] of lines.entries()) if (!positions.has(name)) positions.set(name, index);
  for (const wanted of added) {
    const position = positions.get(wanted[0]);
    const known = position === undefined ? undefined : lines[position];
    if (position === undefined || known === undefined) positions.set(wanted[0], lines.push(wanted) - 1);
    else lines[position] = merge(known, wanted);
  }
  return lines;
}

/** The text of an account file. */
export function formatAccountLines(lines: readonly Fields[]): string {
  return lines.map((fields) => `${fields.join(":")}\n`).join("");
}

/** What stands stays. */
export const keepStanding = (standing: Fields): Fields => standing;

/** The same numbers: the line stays. Others: the wanted line takes its place. */
export function mergeUser(standing: Fields, wanted: Fields): Fields {
  return standing[2] === wanted[2] && standing[3] === wanted[3] ? standing : wanted;
}

/** The same number: the members join. Another: the wanted line takes its place. */
export function mergeGroup(standing: Fields, wanted: Fields): Fields {
  if (standing[2] !== wanted[2]) return wanted;
  const members = new Set([...(standing[3] ?? "").split(","), ...(wanted[3] ?? "").split(",")]);
  members.delete("");
  return [...standing.slice(0, 3), [...members].join(",")];
}
