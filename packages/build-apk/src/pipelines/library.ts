import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parsePipelineDefinition, type PipelineStep } from "@apkmill/config";
import { compareBytes, readFileWithin, type Limits } from "@apkmill/core";
import { builtInPipelines } from "./built-in.ts";

/**
 * Where the targets of `uses` come from: the folders the user names, in their order, then the built-in ones. The first hit
 * counts, so a distribution can replace a built-in pipeline. Source: reference melange §1.9.
 */
export interface PipelineLibrary {
  /**
   * The definition of a name that {@link isPipelineName} accepts; undefined when there is none.
   * @throws ConfigError CONFIG_INVALID when its file cannot be read as one
   */
  readonly find: (name: string) => Promise<PipelineStep | undefined>;
  /** Every name that `find` knows. */
  readonly names: () => Promise<readonly string[]>;
}

/** A library over folders and the built-in pipelines. Each definition is read once. */
export function openPipelineLibrary(folders: readonly string[], limits: Limits): PipelineLibrary {
  const known = new Map<string, Promise<PipelineStep | undefined>>();
  return {
    find: (name) => {
      const found = known.get(name) ?? findDefinition(name, folders, limits);
      known.set(name, found);
      return found;
    },
    names: async () => {
      const fromFolders = await Promise.all(folders.map((folder) => listDefinitions(folder, "", limits.depth)));
      return [...new Set([...fromFolders.flat(), ...builtInPipelines.keys()])].sort(compareBytes);
    },
  };
}

/** True for a relative name without `.` and `..`: any other could lead out of the pipeline folders. */
export function isPipelineName(name: string): boolean {
  return (
    /^[A-Za-z0-9_+.-]+(?:\/[A-Za-z0-9_+.-]+)*$/.test(name) && !name.includes("..") && !name.split("/").includes(".")
  );
}

async function findDefinition(
  name: string,
  folders: readonly string[],
  limits: Limits,
): Promise<PipelineStep | undefined> {
  for (const folder of folders) {
    const path = join(folder, `${name}.yaml`);
    if (!(await isFile(path))) continue;
    const text = (await readFileWithin(path, limits.configBytes, "configBytes")).toString("utf8");
    return parsePipelineDefinition(text, path, limits);
  }
  return builtInPipelines.get(name);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function listDefinitions(folder: string, prefix: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.map(async (entry) => {
    if (entry.isFile() && entry.name.endsWith(".yaml")) return [`${prefix}${entry.name.slice(0, -".yaml".length)}`];
    if (!entry.isDirectory() || depth === 0) return [];
    return listDefinitions(join(folder, entry.name), `${prefix}${entry.name}/`, depth - 1);
  });
  return (await Promise.all(names)).flat();
}
