/** The names most like a mistyped one, for hints. */

/** Up to `count` of `candidates` that a typo could have turned into `name`, nearest first, ties in code-unit order. */
export function nearestNames(name: string, candidates: Iterable<string>, count = 3): readonly string[] {
  const allowed = Math.max(2, Math.floor(name.length / 3));
  const wanted = { name, lowered: name.toLowerCase(), words: wordsOf(name), allowed };
  const near: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const distance = distanceOf(wanted, candidate);
    if (distance <= allowed) near.push({ candidate, distance });
  }
  return near
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** "did you mean `a` or `b`?", or what may stand there when nothing is near, or nothing for a long list. */
export function suggestName(name: string, candidates: Iterable<string>, otherwise?: string): string | undefined {
  const near = nearestNames(name, candidates);
  if (near.length === 0) return otherwise;
  return `did you mean ${near.map((candidate) => `\`${candidate}\``).join(" or ")}?`;
}

interface Wanted {
  readonly name: string;
  readonly lowered: string;
  readonly words: string;
  /** Anything further away is of no interest; there may be a hundred thousand candidates. */
  readonly allowed: number;
}

/** Edits between two names; a name inside another, or the same words in another order, counts as near. */
function distanceOf({ name, lowered, words, allowed }: Wanted, candidate: string): number {
  const isOrdered = !words.includes(" ");
  if (!isOrdered && isAbout(words.length, candidate.length, allowed) && wordsOf(candidate) === words) return 1;
  if (name.length >= 4 && (candidate.startsWith(name) || name.startsWith(candidate))) return 2;
  if (!isAbout(name.length, candidate.length, allowed)) return allowed + 1;
  return editDistance(lowered, candidate.toLowerCase(), allowed);
}

function isAbout(length: number, other: number, allowed: number): boolean {
  return Math.abs(length - other) <= allowed;
}

function wordsOf(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .sort()
    .join(" ");
}

/**
 * Damerau-Levenshtein with adjacent transpositions: the usual slips of a typing hand cost one each. Given up as soon as it is
 * certain to be more than what is allowed.
 */
function editDistance(from: string, to: string, allowed: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const distance = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
      current[column] = distance;
      least = Math.min(least, distance);
    }
    // A transposition reaches two rows back, and costs one.
    if (least > allowed + 1) return least;
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
