import { compareBytes, defaultLimits, type Limits } from "@apkmill/core";
import { toApkArch } from "@apkmill/apk";
import type { ImageConfig, PackageConfig, PipelineStep, Subpackage, TestSection } from "@apkmill/config";
import type { CompiledPackage, CompiledStep, CompiledSubpackage, CompiledTest } from "./compiled.ts";
import { collectCompileProblems, requireCompiled } from "./compile-problems.ts";
import { compileSteps, type CompileTools } from "./compile-step.ts";
import { evaluateCondition } from "./condition.ts";
import { openPipelineLibrary, type PipelineLibrary } from "./pipelines/library.ts";
import { extendScope, scopeOf, substituteCondition, type Scope } from "./substitution.ts";
import { packageVariables, subpackageVariables } from "./substitution-map.ts";

export interface CompileOptions {
  /** In any spelling, `x86_64` or `amd64`. */
  readonly arch: string;
  /** Folders with pipeline definitions, searched in this order before the built-in ones. */
  readonly pipelineDirs?: readonly string[];
  /** The end of the triplets, `gnu` (default) or `musl`. */
  readonly libcFlavor?: string;
  /** A library to share between many compilations; `pipelineDirs` are then those it was opened with. */
  readonly library?: PipelineLibrary;
  readonly limits?: Limits;
}

/**
 * Compiles a configuration for one architecture (melange's phase B). Build options are those the configuration was loaded with.
 * @throws BuildError COMPILE_INVALID with every problem; ApkError ARCH_UNKNOWN
 */
export async function compilePackageConfig(config: PackageConfig, options: CompileOptions): Promise<CompiledPackage> {
  const limits = options.limits ?? defaultLimits;
  const arch = toApkArch(options.arch);
  const problems = collectCompileProblems();
  const library = options.library ?? openPipelineLibrary(options.pipelineDirs ?? [], limits);
  const tools: CompileTools = { library, problems, depth: limits.depth };
  const scope = scopeOf(packageVariables(config, arch, options.libcFlavor ?? "gnu"));

  const pipeline = await compileTop(config.pipeline, scope, tools);
  const subpackages = await compileSubpackages(config, scope, tools);
  const test = await compileTest(config.test, config.package.name, scope, tools);
  requireCompiled(problems, config.file, arch);
  const needs = [pipeline, ...subpackages.map((each) => each.pipeline)].flatMap(collectNeeds);
  return {
    arch,
    package: config.package,
    environment: withPackages(config.environment, needs),
    capabilities: config.capabilities,
    pipeline,
    subpackages,
    ...(test && { test }),
    record: { vars: config.vars, "var-transforms": config.varTransforms, update: config.update },
  };
}

async function compileSubpackages(
  config: PackageConfig,
  outer: Scope,
  tools: CompileTools,
): Promise<readonly CompiledSubpackage[]> {
  const compiled: CompiledSubpackage[] = [];
  for (const subpackage of config.subpackages) {
    const scope = extendScope(outer, scopeOf(subpackageVariables(subpackage.name)));
    const { condition, holds } = decideSubpackage(subpackage, scope, config.file, tools);
    const pipeline = await compileTop(subpackage.pipeline, scope, tools);
    const test = await compileTest(subpackage.test, subpackage.name, scope, tools);
    if (holds) compiled.push(assembleSubpackage(subpackage, condition, pipeline, test));
  }
  return compiled;
}

function assembleSubpackage(
  subpackage: Subpackage,
  condition: string,
  pipeline: readonly CompiledStep[],
  test: CompiledTest | undefined,
): CompiledSubpackage {
  return {
    if: condition,
    name: subpackage.name,
    description: subpackage.description,
    url: subpackage.url,
    commit: subpackage.commit,
    annotations: subpackage.annotations,
    pipeline,
    dependencies: subpackage.dependencies,
    options: subpackage.options,
    scriptlets: subpackage.scriptlets,
    disabledChecks: subpackage.disabledChecks,
    setcap: subpackage.setcap,
    ...(test && { test }),
  };
}

function decideSubpackage(
  subpackage: Subpackage,
  scope: Scope,
  file: string,
  { problems }: CompileTools,
): { condition: string; holds: boolean } {
  const place = subpackage.ifPlace;
  const condition = substituteCondition(subpackage.if, scope, place, problems);
  if (condition.includes("${{")) return { condition, holds: false };
  const verdict = evaluateCondition(condition);
  if (verdict.ok) return { condition, holds: verdict.holds };
  const message = `cannot read the condition \`${condition}\` of ${subpackage.name}: ${verdict.problem}`;
  problems.add(
    "COMPILE_BAD_CONDITION",
    place ?? { file, line: 1, column: 1 },
    message,
    "compare quoted values: `'a' == 'b'`",
  );
  return { condition, holds: false };
}

/** A test with steps has a guest that holds the package under test too; its packages come in order, each once. */
async function compileTest(
  test: TestSection | undefined,
  name: string,
  scope: Scope,
  tools: CompileTools,
): Promise<CompiledTest | undefined> {
  if (test === undefined) return undefined;
  const pipeline = await compileTop(test.pipeline, scope, tools);
  if (pipeline.length === 0) return { environment: test.environment, pipeline };
  const packages = [...test.environment.contents.packages, name, ...collectNeeds(pipeline)];
  const contents = { ...test.environment.contents, packages: [...new Set(packages)].sort(compareBytes) };
  return { environment: { ...test.environment, contents }, pipeline };
}

function compileTop(
  steps: readonly PipelineStep[],
  scope: Scope,
  tools: CompileTools,
): Promise<readonly CompiledStep[]> {
  return compileSteps(steps, { scope, workingDirectory: "", environment: {}, within: [] }, tools);
}

/** What the steps that run need, in their order; a name may come twice. */
function collectNeeds(steps: readonly CompiledStep[]): readonly string[] {
  return steps.filter((step) => step.enabled).flatMap((step) => [...step.needs, ...collectNeeds(step.pipeline)]);
}

function withPackages(environment: ImageConfig, more: readonly string[]): ImageConfig {
  return {
    ...environment,
    contents: { ...environment.contents, packages: [...environment.contents.packages, ...more] },
  };
}
