/**
 * `.melangeignore`: which files of the source folder stay out of the workspace, in git's language for ignoring.
 *
 * A pattern with a slash before its end is anchored to the source folder, another matches at any depth; a slash at the end means
 * directories only; `*` and `?` stay within a name, `**` crosses them; `!` takes a path back in, unless a directory above it is out.
 * The last pattern that matches decides. Source: gitignore(5).
 */
export interface IgnoreRules {
  /** True when the path (relative, without a leading slash) stays out. Ask for directories before what they hold. */
  ignores(path: string, isDirectory: boolean): boolean;
}

interface Pattern {
  readonly expression: RegExp;
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
}

/** The rules that a file's text states. */
export function parseIgnoreRules(text: string): IgnoreRules {
  const patterns = text.split(/\r?\n/).flatMap(parsePattern);
  return {
    ignores: (path, isDirectory) => {
      const matching = patterns.filter(
        ({ expression, directoriesOnly }) => (isDirectory || !directoriesOnly) && expression.test(path),
      );
      return matching.at(-1)?.negated === false;
    },
  };
}

function parsePattern(line: string): Pattern[] {
  const text = line.replace(/(?<!\\) +$/, "");
  if (text === "" || text.startsWith("#")) return [];
  const negated = text.startsWith("!");
  const body = text.slice(negated ? 1 : 0).replace(/^\\(?=[#!])/, "");
  const directoriesOnly = body.endsWith("/");
  const path = body.replace(/\/$/, "");
  const anchored = path.includes("/");
  const source = translate(path.replace(/^\//, ""));
  const expression = compile(`^${anchored ? "" : "(?:.*/)?"}${source}$`);
  return expression === undefined ? [] : [{ expression, negated, directoriesOnly }];
}

/** A pattern that is no pattern (`[z-a]`) matches nothing, as in git. */
function compile(source: string): RegExp | undefined {
  try {
    return new RegExp(source, "su");
  } catch {
    return undefined;
  }
}

function translate(glob: string): string {
  return glob.replace(
    /\*\*\/|\/\*\*$|\*\*?|\?|\[(!|\^)?((?:\\.|[^\]\\])+)\]|\\(.)|[^]/gu,
    (token, negation: string | undefined, members: string | undefined, escaped: string | undefined) => {
      if (token === "**/") return "(?:.*/)?";
      if (token === "/**") return "/.*";
      if (token.startsWith("*")) return "[^/]*";
      if (token === "?") return "[^/]";
      if (members !== undefined)
        return `[${negation === undefined ? "" : "^"}${members.replace(/[[&~|(){}/]/g, "\\$&")}]`;
      return quote(escaped ?? token);
    },
  );
}

const quote = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
