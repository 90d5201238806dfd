import type { PlannedEntry } from "../plan.ts";

/** The tree of a root, as far as a search for libraries needs it. Paths have no slash in front. */
export interface LoaderRoot {
  /** The path once all links are followed, whether or not something stands there; undefined when links go round. */
  resolve(path: string): string | undefined;
  /** What stands at a path; links are not followed. */
  get(path: string): PlannedEntry | undefined;
  /** The names in a directory, in any order; none where there is no directory. */
  names(path: string): Iterable<string>;
  /** The text of a file, links followed; undefined where there is none. */
  readText(path: string): Promise<string | undefined>;
}

/** What stands where a path leads. */
export function follow(root: LoaderRoot, path: string): PlannedEntry | undefined {
  const real = root.resolve(path);
  return real === undefined ? undefined : root.get(real);
}
