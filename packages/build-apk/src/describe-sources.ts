import type { CompiledStep } from "./compiled.ts";

/** Where a part of a package came from. */
export interface PackageSource {
  readonly name: string;
  readonly version: string;
  readonly location: string;
  /** 64 hex digits, where the step demanded them. */
  readonly sha256?: string;
}

/** The archives and repositories that steps fetched, in their order, each once; steps that are off fetched nothing. */
export function describeSources(steps: readonly CompiledStep[]): PackageSource[] {
  const found = new Map<string, PackageSource>();
  for (const source of steps.flatMap(sourcesOf)) found.set(`${source.location} ${source.version}`, source);
  return [...found.values()];
}

function sourcesOf(step: CompiledStep): PackageSource[] {
  if (!step.enabled) return [];
  if (step.uses === "fetch") return fetched(step.inputs);
  if (step.uses === "git-checkout") return checkedOut(step.inputs);
  return step.pipeline.flatMap(sourcesOf);
}

type Inputs = CompiledStep["inputs"];

function fetched({
  uri = "",
  "purl-name": name = "",
  "purl-version": version = "",
  "expected-sha256": sha256 = "",
}: Inputs): PackageSource[] {
  if (uri === "") return [];
  return [{ name, version, location: withoutUser(uri), ...(/^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}) }];
}

/** As SPDX writes places under version control: `git+https://host/repository@revision` (SPDX 2.3 §7.7). */
function checkedOut({
  repository = "",
  tag = "",
  branch = "",
  "expected-commit": commit = "",
}: Inputs): PackageSource[] {
  const place = withoutUser(repository);
  const revision = commit || tag || branch;
  if (repository === "" || revision === "") return [];
  const name =
    repository
      .replace(/\/+$/, "")
      .replace(/\.git$/, "")
      .split("/")
      .at(-1) ?? "";
  return [{ name, version: tag || revision, location: `git+${place}@${revision}` }];
}

/** An SBOM is public: whoever may read the source with a password keeps it. */
const withoutUser = (url: string): string => url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
