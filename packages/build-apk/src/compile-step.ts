import { isEngineError, suggestName } from "@apkmill/core";
import { type PipelineStep } from "@apkmill/config";
import type { CompiledStep } from "./compiled.ts";
import { resolveInputs } from "./compile-inputs.ts";
import { placeOfPart, type CompileProblems } from "./compile-problems.ts";
import { evaluateCondition } from "./condition.ts";
import { isPipelineName, type PipelineLibrary } from "./pipelines/library.ts";
import { extendScope, substitute, substituteCondition, type Scope } from "./substitution.ts";

/** What a step finds around it. */
export interface Surroundings {
  readonly scope: Scope;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The names of the pipelines that this step is within, outermost first. */
  readonly within: readonly string[];
}

/** What compiling needs throughout. */
export interface CompileTools {
  readonly library: PipelineLibrary;
  readonly problems: CompileProblems;
  /** How deep pipelines may nest. */
  readonly depth: number;
}

/** The steps, compiled in their order. */
export async function compileSteps(
  steps: readonly PipelineStep[],
  around: Surroundings,
  tools: CompileTools,
): Promise<readonly CompiledStep[]> {
  const compiled: CompiledStep[] = [];
  for (const step of steps) compiled.push(await compileStep(step, around, tools));
  return compiled;
}

/** One step: its definition looked up, its inputs and variables in place, its condition decided, its children the same. */
async function compileStep(step: PipelineStep, around: Surroundings, tools: CompileTools): Promise<CompiledStep> {
  const { problems } = tools;
  const definition = await findDefinition(step, around, tools);
  // Without its definition a step would only cause more problems: inputs that nobody declares.
  if (definition === undefined) return compileBody(step, { ...step, uses: "", with: {} }, around, tools);
  const callee = definition === step ? step : joinDefinition(step, definition);
  const inputs = resolveInputs(step, definition, around.scope, problems);
  const inner = { ...around, scope: extendScope(around.scope, inputs.scope) };
  const body = await compileBody(step, callee, inner, tools);
  return { ...body, uses: step.uses, with: inputs.given, inputs: inputs.values };
}

/**
 * The step's definition: itself, unless it `uses` one. A step that has both `uses` and children was compiled before and
 * keeps them. Undefined, after a report, when there is none.
 */
async function findDefinition(
  step: PipelineStep,
  around: Surroundings,
  tools: CompileTools,
): Promise<PipelineStep | undefined> {
  if (step.uses === "" || step.pipeline.length > 0) return step;
  const { library, problems } = tools;
  const place = step.places["uses"] ?? step.places[""];
  if (!isPipelineName(step.uses)) {
    const hint = "write a name such as `split/dev`, without `..` and not from the root";
    problems.add("COMPILE_BAD_PIPELINE_NAME", place, `\`${step.uses}\` is no name of a pipeline`, hint);
    return undefined;
  }
  if (around.within.includes(step.uses) || around.within.length >= tools.depth) {
    problems.add(
      "COMPILE_PIPELINE_CYCLE",
      place,
      `the pipeline ${step.uses} uses itself`,
      "break the circle of `uses`",
    );
    return undefined;
  }
  try {
    const found = await library.find(step.uses);
    if (found === undefined) await reportUnknownPipeline(step, tools);
    return found;
  } catch (error) {
    if (!isEngineError(error)) throw error;
    for (const { message, hint, context } of error.problems.length > 0 ? error.problems : [error]) {
      const { file = step.uses, line = 1, column = 1 } = context;
      problems.add("COMPILE_BAD_PIPELINE", { file, line, column }, message, hint);
    }
    return undefined;
  }
}

async function reportUnknownPipeline(step: PipelineStep, { library, problems }: CompileTools): Promise<void> {
  const names = await library.names();
  const otherwise = "name the folder that holds it with --pipeline-dir";
  const place = step.places["uses"] ?? step.places[""];
  problems.add(
    "COMPILE_UNKNOWN_PIPELINE",
    place,
    `there is no pipeline ${step.uses}`,
    suggestName(step.uses, names, otherwise),
  );
}

/** A step and the definition it uses as one. What both say about needs and conditions holds together; else the definition wins. */
function joinDefinition(step: PipelineStep, definition: PipelineStep): PipelineStep {
  return {
    ...definition,
    name: step.name,
    if:
      [step.if, definition.if].filter((condition) => condition !== "").length === 2
        ? `(${step.if}) && (${definition.if})`
        : step.if || definition.if,
    needs: [...step.needs, ...definition.needs],
    workingDirectory: definition.workingDirectory || step.workingDirectory,
    environment: { ...step.environment, ...definition.environment },
    requiredSteps: definition.requiredSteps || step.requiredSteps,
    label: step.label,
    line: step.line,
    places: { ...definition.places, ...(definition.if === "" && { if: step.places["if"] ?? step.places[""] }) },
  };
}

async function compileBody(
  step: PipelineStep,
  body: PipelineStep,
  around: Surroundings,
  tools: CompileTools,
): Promise<CompiledStep> {
  const { problems } = tools;
  const text = (value: string, where: string): string =>
    substitute(value, around.scope, body.places[where] ?? body.places[""], problems);
  const condition = substituteCondition(body.if, around.scope, body.places["if"], problems);
  const workingDirectory = text(body.workingDirectory, "working-directory") || around.workingDirectory;
  const environment = { ...around.environment, ...body.environment };
  const within = step.uses === "" ? around.within : [...around.within, step.uses];
  return {
    name: step.name,
    uses: step.uses,
    with: {},
    inputs: {},
    if: condition,
    enabled: decide(condition, body, problems),
    script: text(body.runs, "runs"),
    workingDirectory,
    environment,
    needs: body.needs.map((name, index) => text(name, `needs.${String(index)}`)),
    requiredSteps: body.requiredSteps,
    pipeline: await compileSteps(body.pipeline, { scope: around.scope, workingDirectory, environment, within }, tools),
    label: body.label,
    line: step.line,
  };
}

function decide(condition: string, step: PipelineStep, problems: CompileProblems): boolean {
  // A reference without a value was reported already.
  if (condition.includes("${{")) return false;
  const verdict = evaluateCondition(condition);
  if (verdict.ok) return verdict.holds;
  const rest = condition.slice(verdict.position).slice(0, 40);
  const place = placeOfPart(step.places["if"] ?? step.places[""], rest, 0);
  problems.add(
    "COMPILE_BAD_CONDITION",
    place,
    `cannot read the condition \`${condition}\`: ${verdict.problem}`,
    "compare quoted values: `\"${{vars.x}}\" == 'y'`",
  );
  return false;
}
