import type { PipelineInput, PipelineStep } from "@apkmill/config";

/**
 * How a built-in pipeline is written: what it needs, its inputs, and a script that refers to the inputs by name. It becomes the same
 * value that a definition file gives, so that a distribution's file of the same name can take its place.
 */

/** What a pipeline says about one input. */
export interface InputRule {
  readonly about: string;
  readonly default?: string;
  readonly required?: boolean;
}

/** A pipeline's text; `inputs` are references to be written into `runs`. */
export interface PipelineRules<Name extends string> {
  /** Packages to install; an input's reference may stand for a name. */
  readonly needs: readonly string[];
  readonly inputs: Readonly<Record<Name, InputRule>>;
  readonly runs: (inputs: Readonly<Record<Name, string>>) => string;
  /** Steps to run after `runs`. */
  readonly then?: readonly PipelineStep[];
}

/** A built-in pipeline. */
export function definePipeline<Name extends string>(rules: PipelineRules<Name>): PipelineStep {
  const names = Object.keys(rules.inputs) as Name[];
  const references = Object.fromEntries(names.map((name) => [name, inputReference(name)])) as Record<Name, string>;
  return {
    ...emptyStep,
    needs: rules.needs,
    inputs: Object.fromEntries(names.map((name) => [name, describeInput(rules.inputs[name])])),
    runs: rules.runs(references),
    pipeline: rules.then ?? [],
  };
}

/** A step that hands over to another pipeline. */
export function useStep(uses: string, given: Readonly<Record<string, string>> = {}): PipelineStep {
  return { ...emptyStep, uses, with: given };
}

/** The reference to an input, `${{inputs.name}}`. */
export function inputReference(name: string): string {
  return `\${{inputs.${name}}}`;
}

/** The reference to any variable, `${{targets.contextdir}}`. */
export function variable(name: string): string {
  return `\${{${name}}}`;
}

/**
 * A shell script, as busybox ash takes it: backslashes are the shell's own, the common indentation goes, `${…}` puts in a
 * reference, and `\${…}` is the shell's.
 */
export function sh(text: TemplateStringsArray, ...values: readonly string[]): string {
  const script = text.raw.map((part, index) => part.replaceAll("\\${", "${") + (values[index] ?? "")).join("");
  const lines = script.replace(/^\n/, "").replace(/\s*$/, "\n").split("\n");
  const indent = Math.min(
    ...lines.filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)?.[0].length ?? 0),
  );
  return lines.map((line) => line.slice(indent)).join("\n");
}

const emptyStep: PipelineStep = {
  if: "",
  name: "",
  uses: "",
  with: {},
  runs: "",
  pipeline: [],
  inputs: {},
  needs: [],
  label: "",
  requiredSteps: 0,
  workingDirectory: "",
  environment: {},
  line: 0,
  places: {},
};

function describeInput({ about, default: value = "", required = false }: InputRule): PipelineInput {
  return { description: about, default: value, required };
}
