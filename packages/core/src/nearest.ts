/** The names most like a mistyped one, for hints. */

/** Up to `count` of `candidates` that a typo could have turned into `name`, nearest first, ties in code-unit order. */
export function nearestNames(name: string, candidates: Iterable<string>, count = 3): readonly string[] {
  const allowed = Math.max(2, Math.floor(name.length / 3));
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .filter(({ distance }) => distance <= allowed)
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

/** Edits between two names; a name inside another, or the same words in another order, counts as near. */
function distanceOf(name: string, candidate: string): number {
  if (wordsOf(name) === wordsOf(candidate)) return 1;
  if (name.length >= 4 && (candidate.startsWith(name) || name.startsWith(candidate))) return 2;
  return editDistance(name.toLowerCase(), candidate.toLowerCase());
}

function wordsOf(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .sort()
    .join(" ");
}

/** Damerau-Levenshtein with adjacent transpositions: the usual slips of a typing hand cost one each. */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 8) return 9;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
