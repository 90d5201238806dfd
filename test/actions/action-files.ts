import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The workflows and action.yml files of this repository, as tests look at them. */

export const checkout = fileURLToPath(new URL("../..", import.meta.url));

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface WorkflowJob {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly Step[];
}

type Declared = Readonly<Record<string, { readonly value?: string } | null>>;

export interface Interface {
  readonly inputs?: Declared;
  readonly outputs?: Declared;
  readonly secrets?: Declared;
}

export interface Workflow {
  readonly path: string;
  readonly text: string;
  readonly on: { readonly workflow_call?: Interface | null; readonly workflow_dispatch?: Interface | null };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

export interface ActionFile extends Interface {
  readonly path: string;
  readonly text: string;
  readonly runs: {
    readonly using: string;
    readonly main?: string;
    readonly post?: string;
    readonly steps?: readonly Step[];
  };
}

export const loadWorkflows = (): Promise<Workflow[]> => load<Workflow>(".github/workflows/*.yml");

export const loadActions = (): Promise<ActionFile[]> => load<ActionFile>("{action-*,actions/*}/action.yml");

async function load<File>(pattern: string): Promise<File[]> {
  const paths = (await Array.fromAsync(glob(pattern, { cwd: checkout }))).sort();
  return Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(checkout, path), "utf8");
      return { ...(parse(text) as File), path, text };
    }),
  );
}

/** What stands behind `$/…`, `./…`: the path of an action.yml or of a workflow, from the root of the repository. */
export function localPath(uses: string): string | undefined {
  const path = /^(?:\$|\.)\/(.*)$/.exec(uses)?.[1];
  if (path === undefined) return undefined;
  return path.endsWith(".yml") ? path : `${path}/action.yml`;
}
