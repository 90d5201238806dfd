import type { AnalysisRequest, Findings } from "./analyser.ts";
import { baseOf, folderOf } from "./package-tree.ts";

const commandFolders = new Set(["bin", "sbin", "usr/bin", "usr/sbin"]);

/** `cmd:` provides: files directly in a folder of the search path that everybody may read and run. Links are not counted. */
export function analyseCommands({ tree, fullVersion }: AnalysisRequest): Promise<Findings> {
  const provides = tree.entries
    .filter((entry) => entry.type === "file" || entry.type === "hardlink")
    .filter((entry) => commandFolders.has(folderOf(entry.path)) && (entry.mode & 0o555) === 0o555)
    .map((entry) => `cmd:${baseOf(entry.path)}=${fullVersion}`);
  return Promise.resolve({ depends: [], provides, vendored: [] });
}
