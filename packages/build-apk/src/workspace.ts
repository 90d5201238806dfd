import { existsSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SandboxMount } from "@apkmill/sandbox";
import type { BuildOptions } from "./build-options.ts";
import type { BuildRequest } from "./build-request.ts";
import { outputsOf } from "./describe-control.ts";
import { copySourceFiles } from "./source-files.ts";
import { workspaceFolder } from "./step-script.ts";

/** The source files, and an empty folder for each package to fill. */
export async function fillWorkspace(
  { compiled, source }: BuildRequest,
  workspace: string,
  options: BuildOptions,
): Promise<string> {
  await makeFolder(workspace);
  await copySourceFiles(source, workspace, options.buildTime ?? 0);
  await makeFolder(join(workspace, "melange-out"));
  for (const { name } of outputsOf(compiled)) await makeFolder(outputFolder(workspace, name));
  return workspace;
}

/** Where the steps put the files of a package. */
export const outputFolder = (workspace: string, name: string): string => join(workspace, "melange-out", name);

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}

/** What a step sees of this machine: its workspace, and the folder for downloads where there is one. */
export function mountsOf(workspace: string, { cacheDir }: BuildOptions): SandboxMount[] {
  const mounts = [{ source: workspace, target: workspaceFolder, readOnly: false }];
  if (cacheDir === undefined || !existsSync(cacheDir)) return mounts;
  return [...mounts, { source: resolve(cacheDir), target: "/var/cache/melange", readOnly: false }];
}
