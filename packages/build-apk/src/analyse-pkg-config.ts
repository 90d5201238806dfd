import type { AnalysisRequest, Findings } from "./analyser.ts";
import { baseOf, folderOf, type TreeEntry } from "./package-tree.ts";
import { readContent } from "./read-tree.ts";

const folders = /^usr\/(?:(?:local\/)?(?:lib|share)|lib64)\/pkgconfig$/;

/**
 * `pc:` provides and dependencies from pkg-config's files. A module that another one requires, also privately, must be there to
 * compile against it. Versions in the requirement are ignored, as a module's version is not its package's.
 */
export async function analysePkgConfig({ tree, fullVersion }: AnalysisRequest): Promise<Findings> {
  const modules = tree.entries.filter((entry) => entry.type === "file" && entry.path.endsWith(".pc"));
  const [offered, vendored] = partition(modules, (entry) => folders.test(folderOf(entry.path)));
  const texts = await Promise.all(modules.map((entry) => readContent(entry, 1 << 20)));
  return {
    depends: texts.flatMap((text) => requiredModules(text.toString("utf8"))).map((name) => `pc:${name}`),
    provides: offered.map((entry) => `pc:${moduleName(entry)}=${fullVersion}`),
    vendored: vendored.map((entry) => `pc:${moduleName(entry)}`),
  };
}

const moduleName = (entry: TreeEntry): string => baseOf(entry.path).slice(0, -".pc".length);

/** The names after `Requires`, `Requires.private` and `Requires.internal`, with variables in place and versions left out. */
export function requiredModules(text: string): string[] {
  const variables = new Map(
    [...text.matchAll(/^[ \t]*([A-Za-z0-9_.]+)[ \t]*=[ \t]*(.*?)[ \t]*$/gm)].map((found) => [
      found[1] ?? "",
      found[2] ?? "",
    ]),
  );
  const lists = [...text.matchAll(/^Requires(?:\.private|\.internal)?[ \t]*:[ \t]*(.*)$/gm)].map(
    (found) => found[1] ?? "",
  );
  return lists.flatMap((list) => namesIn(expand(list.replace(/#.*$/, ""), variables)));
}

function expand(text: string, variables: ReadonlyMap<string, string>, depth = 0): string {
  if (depth > 16) return text;
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => expand(variables.get(name) ?? "", variables, depth + 1));
}

/** `a >= 1.2, b c` names a, b and c. */
function namesIn(list: string): string[] {
  const words = list.split(/[\s,]+/).filter((word) => word !== "");
  return words.filter((word, at) => !isOperator(word) && !isOperator(words[at - 1] ?? ""));
}

const isOperator = (word: string): boolean => /^(?:[<>]=?|!?=)$/.test(word);

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
