import type { AnalysisRequest, Findings } from "./analyser.ts";
import { baseOf, type TreeEntry } from "./package-tree.ts";

const scripts = /^usr\/(?:bin|local\/bin|local\/sbin)\//;

/** Interpreters that are everywhere, or come in versions of which the packaging picks one. */
const ignored = new Set(["", "python3", "python", "sh", "awk", "luajit"]);

/** `cmd:` dependencies on the interpreters of scripts. */
export function analyseShebangs({ tree }: AnalysisRequest): Promise<Findings> {
  const depends = tree.entries
    .filter((entry) => entry.type === "file" && scripts.test(entry.path))
    .map(interpreterOf)
    .filter((name) => !ignored.has(name))
    .map((name) => `cmd:${name}`);
  return Promise.resolve({ depends, provides: [], vendored: [] });
}

/** The program after `#!`, looked up through `env`, as a name on the search path; "" where there is none. */
function interpreterOf(entry: TreeEntry): string {
  const line = entry.file?.head.toString("latin1", 0, 80).split("\n", 1)[0] ?? "";
  if (!line.startsWith("#!")) return "";
  const words = line.slice(2).trim().split(/\s+/);
  const program = baseOf(words[0] ?? "");
  if (program !== "env") return program;
  return baseOf(words.slice(1).find((word) => !word.startsWith("-") && !word.includes("=")) ?? "");
}
