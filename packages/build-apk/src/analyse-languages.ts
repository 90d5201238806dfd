import type { AnalysisRequest, Findings } from "./analyser.ts";
import { baseOf, folderOf } from "./package-tree.ts";

/**
 * Dependencies on the interpreter that a package's modules are installed for, and on the readers of its documentation. Whoever
 * declares an interpreter has chosen, and nothing is added.
 */
export function analyseLanguages(request: AnalysisRequest): Promise<Findings> {
  return Promise.resolve({
    depends: [...documentation(request), ...perl(request), ...python(request), ...ruby(request)],
    provides: [],
    vendored: [],
  });
}

function declares({ declared }: AnalysisRequest, name: RegExp): boolean {
  return declared.depends.some((item) => name.test(item));
}

function documentation({ tree }: AnalysisRequest): string[] {
  if (!tree.packageName.endsWith("-doc")) return [];
  const has = (folder: string): boolean => tree.entries.some((entry) => folderOf(entry.path) === folder);
  return [...(has("usr/share/man") ? ["man-db"] : []), ...(has("usr/share/info") ? ["texinfo"] : [])];
}

function perl(request: AnalysisRequest): string[] {
  if (declares(request, /^perl(?:$|[<>=~])/)) return [];
  return request.tree.entries.flatMap((entry) => {
    const version = /^usr\/lib\/perl([0-9][^/]*)\/[^/]*_perl$/.exec(entry.path)?.[1];
    return version === undefined ? [] : [`perl~${version}`];
  });
}

function python(request: AnalysisRequest): string[] {
  if (declares(request, /^python/)) return [];
  return request.tree.entries.flatMap((entry) => {
    if (baseOf(entry.path) !== "site-packages" || entry.type !== "directory") return [];
    const version = /^python([0-9]+\.[0-9]+)$/.exec(baseOf(folderOf(entry.path)))?.[1];
    return version === undefined ? [] : [`python-${version}-base`];
  });
}

function ruby(request: AnalysisRequest): string[] {
  if (declares(request, /^ruby(?:$|[-<>=~])/)) return [];
  return request.tree.entries.flatMap((entry) => {
    const version = /^usr\/lib\/ruby\/gems\/([0-9]+\.[0-9]+)\.[0-9][^/]*\/gems$/.exec(entry.path)?.[1];
    return version === undefined ? [] : [`ruby-${version}`];
  });
}
