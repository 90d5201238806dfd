import { compareBytes } from "@apkmill/core";
import { joinPath } from "../entry-path.ts";
import type { LoaderRoot } from "./loader-root.ts";

/**
 * The paths of a root that a shell pattern matches (`*`, `?`, `[a-z]`, `[!a-z]`, a backslash before a sign that is meant as itself),
 * by their bytes. A name that begins with a dot is matched only by a pattern that begins with one. Source: glob(7).
 */
export function matchPaths(root: LoaderRoot, pattern: string): string[] {
  const parts = pattern.split("/").filter((part) => part !== "");
  return parts.reduce<string[]>((paths, part) => paths.flatMap((path) => matchNames(root, path, part)), [""]);
}

function matchNames(root: LoaderRoot, folder: string, part: string): string[] {
  if (!/[*?[\\]/.test(part)) {
    const path = joinPath(folder, part);
    const real = root.resolve(path);
    return real !== undefined && root.get(real) !== undefined ? [path] : [];
  }
  const real = root.resolve(folder);
  const matches = matcherOf(part);
  const names = real === undefined ? [] : [...root.names(real)].filter((name) => matches(name));
  return names.sort(compareBytes).map((name) => joinPath(folder, name));
}

/** One sign of a name: any number of them for `*`. */
type Sign = "any number" | ((character: string) => boolean);

function matcherOf(part: string): (name: string) => boolean {
  const signs = signsOf(part);
  return (name) => (name.startsWith(".") ? part.startsWith(".") : true) && isMatch(signs, Array.from(name));
}

function signsOf(part: string): Sign[] {
  return [...part.matchAll(/\*+|\?|\[(!|\^)?(\]?[^\]]*)\]|\\?([\s\S])/gu)].map(
    ([text, negation, set, literal]): Sign => {
      if (text.startsWith("*")) return "any number";
      if (text === "?") return () => true;
      if (set === undefined) return (character) => character === literal;
      const members = membersOf(set);
      return (character) => members(character) !== (negation !== undefined);
    },
  );
}

/** Single signs and ranges between brackets. */
function membersOf(set: string): (character: string) => boolean {
  const ranges = [...set.matchAll(/([\s\S])-([\s\S])|([\s\S])/gu)].map(([, from, to, single = ""]) =>
    from === undefined || to === undefined ? [single, single] : [from, to],
  );
  return (character) => ranges.some(([from = "", to = ""]) => from <= character && character <= to);
}

/** Goes back to the last star only, so that no pattern takes longer than its length times that of the name. */
function isMatch(signs: readonly Sign[], name: readonly string[]): boolean {
  let [sign, at] = [0, 0];
  let star: { readonly sign: number; at: number } | undefined;
  while (at < name.length) {
    const expected = signs[sign];
    if (expected === "any number") {
      star = { sign, at };
      sign += 1;
    } else if (expected?.(name[at] ?? "") === true) {
      sign += 1;
      at += 1;
    } else if (star === undefined) return false;
    else {
      star.at += 1;
      [sign, at] = [star.sign + 1, star.at];
    }
  }
  return signs.slice(sign).every((rest) => rest === "any number");
}
