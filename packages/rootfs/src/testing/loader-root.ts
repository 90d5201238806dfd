import type { LoaderRoot } from "../loader-cache/loader-root.ts";
import { baseNameOf, parentOf } from "../entry-path.ts";
import type { PlannedEntry } from "../plan.ts";

/** A root of a few entries, for tests; links are followed one step, and only as the last name. */
export function loaderRoot(
  entries: readonly PlannedEntry[],
  texts: Readonly<Record<string, string>> = {},
): LoaderRoot {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const clean = (path: string): string => path.split("/").filter(Boolean).join("/");
  return {
    resolve: (path) => {
      const found = byPath.get(clean(path));
      return found?.type === "symlink" ? clean(found.linkPath) : clean(path);
    },
    get: (path) => byPath.get(path),
    names: (path) => entries.filter((entry) => parentOf(entry.path) === path).map((entry) => baseNameOf(entry.path)),
    readText: (path) => Promise.resolve(texts[path]),
  };
}
