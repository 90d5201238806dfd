import { glob, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { compareBytes } from "@apkmill/core";
import { ActionError } from "./action-error.ts";
import { runnerFolders } from "./runner-folders.ts";

/**
 * Paths that a workflow gives. A checkout may hold what a stranger proposed, links too, so a path is followed to where it really
 * leads, and that must be the workspace or the runner's temporary folder.
 */

/** The path made absolute, with links followed as far as it exists. @throws ActionError ACTION_INPUT when it leads out */
export async function workspacePath(name: string, path: string): Promise<string> {
  const { workspace, temp } = runnerFolders();
  const real = await realPathOf(resolve(workspace, path));
  for (const root of [workspace, temp]) if (isBelow(await realPathOf(root), real)) return real;
  throw new ActionError("ACTION_INPUT", `input ${name}: ${path} leads out of the workspace`, {
    hint: "name a path below the workspace or below RUNNER_TEMP",
  });
}

/** {@link workspacePath} of an input that may be empty: undefined then. */
export async function optionalPath(name: string, path: string): Promise<string | undefined> {
  return path === "" ? undefined : workspacePath(name, path);
}

/** {@link workspacePath} of each. */
export async function workspacePaths(name: string, paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map((path) => workspacePath(name, path)));
}

/**
 * The files that paths and globs name, absolute, each once, those of a glob in the order of their bytes.
 * @throws ActionError ACTION_INPUT for one that names no file
 */
export async function workspaceFiles(name: string, patterns: readonly string[]): Promise<string[]> {
  const found = await Promise.all(patterns.map((pattern) => expand(name, pattern)));
  return [...new Set(await workspacePaths(name, found.flat()))];
}

async function expand(name: string, pattern: string): Promise<string[]> {
  if (!/[*?[\]{}]/.test(pattern)) return [pattern];
  const matches = await Array.fromAsync(glob(pattern, { cwd: runnerFolders().workspace }));
  if (matches.length > 0) return matches.sort(compareBytes);
  throw new ActionError("ACTION_INPUT", `input ${name}: no file matches ${pattern}`, {
    hint: "check the pattern, and that the sources are checked out",
  });
}

/** Repositories or keys: where each one is. */
export interface Locations {
  /** Folders and files of this machine, absolute. */
  readonly local: readonly string[];
  /** As given. */
  readonly remote: readonly string[];
}

/**
 * Sorts what a list names into paths and URLs; a repository's `@tag ` stays before it. An absolute path may point anywhere: the
 * workflow's author wrote it. @throws ActionError ACTION_INPUT for a relative path that leads out of the workspace
 */
export async function locations(name: string, items: readonly string[]): Promise<Locations> {
  const isRemote = (item: string): boolean => /^(@\S+\s+)?https?:\/\//i.test(item);
  const local = await Promise.all(items.filter((item) => !isRemote(item)).map((item) => localPath(name, item)));
  return { local, remote: items.filter(isRemote) };
}

async function localPath(name: string, item: string): Promise<string> {
  const [, tag = "", path = ""] = /^(@\S+\s+)?(.*)$/s.exec(item) ?? [];
  return `${tag}${isAbsolute(path) ? path : await workspacePath(name, path)}`;
}

/** The real path of the longest part that exists, and the rest after it. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent), basename(path));
  }
}

function isBelow(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside === "" || (inside !== ".." && !inside.startsWith("../") && !isAbsolute(inside));
}
