import { baseNameOf, parentOf } from "../entry-path.ts";
import type { LoaderRoot } from "../loader-cache/loader-root.ts";
import type { PlannedEntry } from "../plan.ts";

/** A planned tree as the search for libraries sees it, for tests; a link counts as the last name of a path only. */
export function rootOf(entries: readonly PlannedEntry[], textOf: (path: string) => string | undefined): LoaderRoot {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const resolve = (path: string): string => {
    const clean = path.split("/").filter(Boolean).join("/");
    const found = byPath.get(clean);
    if (found?.type !== "symlink") return clean;
    const target = found.linkPath.startsWith("/") ? found.linkPath : `${parentOf(clean)}/${found.linkPath}`;
    return target.split("/").filter(Boolean).join("/");
  };
  return {
    resolve,
    get: (path) => byPath.get(path),
    names: (path) => entries.filter((entry) => parentOf(entry.path) === path).map((entry) => baseNameOf(entry.path)),
    readText: (path) => Promise.resolve(textOf(path)),
  };
}
