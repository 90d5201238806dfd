import { readFile } from "node:fs/promises";
import {
  ActionError,
  cacheModes,
  choiceInput,
  epochInput,
  flagInput,
  listInput,
  locations,
  optionalPath,
  requiredInput,
  textInput,
  workspaceFiles,
  workspacePath,
  workspacePaths,
  type CacheMode,
} from "@apkmill/action-kit";
import type { BuildOptions } from "@apkmill/build-apk";
import { hostArch } from "@apkmill/sandbox";

/** What the inputs of the step ask for. */
export interface BuildRequest {
  /** All but the key. */
  readonly options: BuildOptions;
  readonly cache: CacheMode;
  /** What the step's builds depend on, for the name of its cache. */
  readonly keyInput: unknown;
}

/** Reads every input but those about keys and about what happens to the packages afterwards. @throws ActionError ACTION_INPUT */
export async function readRequest(): Promise<BuildRequest> {
  const configs = await configFiles();
  const wanted = listInput("archs");
  const archs = wanted.length === 0 ? [hostArch()] : wanted;
  const repositories = await locations("repositories", listInput("repositories"));
  const keyring = await locations("keyring", listInput("keyring"));
  const sourceDir = await optionalPath("source-dir", textInput("source-dir"));
  const varsFile = await optionalPath("vars-file", textInput("vars-file"));
  const namespace = textInput("namespace");
  return {
    options: {
      configs,
      archs,
      outDir: await workspacePath("out-dir", requiredInput("out-dir")),
      repositories: [...repositories.local, ...repositories.remote],
      keyring: [...keyring.local, ...keyring.remote],
      pipelineDirs: await workspacePaths("pipeline-dirs", listInput("pipeline-dirs")),
      envFiles: await workspacePaths("env-file", listInput("env-file")),
      index: flagInput("index"),
      buildTime: epochInput("source-date-epoch") ?? 0,
      ...(sourceDir === undefined ? {} : { sourceDir }),
      ...(varsFile === undefined ? {} : { varsFile }),
      ...(namespace === "" ? {} : { namespace }),
    },
    cache: choiceInput("cache", cacheModes),
    keyInput: [await contents(configs), archs, listInput("repositories")],
  };
}

async function configFiles(): Promise<string[]> {
  const patterns = listInput("configs");
  if (patterns.length > 0) return workspaceFiles("configs", patterns);
  throw new ActionError("ACTION_INPUT", "input configs is empty", { hint: "name at least one configuration or glob" });
}

/** A file that is missing is reported by the build, with its name. */
async function contents(files: readonly string[]): Promise<string[]> {
  return Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
}
