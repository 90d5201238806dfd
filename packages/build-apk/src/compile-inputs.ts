import { suggestName } from "@apkmill/core";
import { type PipelineStep } from "@apkmill/config";
import type { CompileProblems } from "./compile-problems.ts";
import { substitute, type Scope } from "./substitution.ts";

/**
 * The inputs of a pipeline: what the caller passes with `with`, and the defaults. An empty value counts as not given, as files in the
 * wild rely on. A value the caller writes means what it means where the caller stands (`x: ${{inputs.x}}` forwards the caller's own);
 * a default may refer to the other inputs. Source: reference melange §1.8.
 */
export interface ResolvedInputs {
  /** Every declared input. */
  readonly values: Readonly<Record<string, string>>;
  /** Those that differ from their defaults. */
  readonly given: Readonly<Record<string, string>>;
  /** The variables `inputs.*`. */
  readonly scope: Scope;
}

/** Resolves the inputs of `callee`, called by `step` from where `outer` holds. */
export function resolveInputs(
  step: PipelineStep,
  callee: PipelineStep,
  outer: Scope,
  problems: CompileProblems,
): ResolvedInputs {
  reportUndeclared(step, callee, problems);
  const values = new Map<string, string>();
  const open = new Set<string>();

  const valueOf = (name: string): string => {
    const known = values.get(name);
    // An input that refers to itself through others gets no further.
    if (known !== undefined || open.has(name)) return known ?? "";
    open.add(name);
    const given = givenValue(step, name);
    const text = given ?? callee.inputs[name]?.default ?? "";
    const place = given === undefined ? undefined : step.places[`with.${name}`];
    const value = substitute(
      text,
      given === undefined ? siblingsFirst : outerFirst,
      place ?? step.places[""],
      problems,
    );
    open.delete(name);
    values.set(name, value);
    return value;
  };

  const sibling = (variable: string): string | undefined => {
    const name = variable.startsWith("inputs.") ? variable.slice("inputs.".length) : "";
    return Object.hasOwn(callee.inputs, name) ? valueOf(name) : undefined;
  };
  const names = Object.keys(callee.inputs);
  const scope: Scope = { lookup: sibling, names: () => names.map((name) => `inputs.${name}`) };
  const both = (): readonly string[] => [...scope.names(), ...outer.names()];
  const siblingsFirst: Scope = { lookup: (name) => sibling(name) ?? outer.lookup(name), names: both };
  const outerFirst: Scope = { lookup: (name) => outer.lookup(name) ?? sibling(name), names: both };

  for (const name of names) checkInput(name, valueOf(name), step, callee, problems);
  return { values: Object.fromEntries(values), given: unlikeDefaults(step, callee, values), scope };
}

function givenValue(step: PipelineStep, name: string): string | undefined {
  const given = Object.hasOwn(step.with, name) ? step.with[name] : undefined;
  return given === "" ? undefined : given;
}

/**
 * What melange records of a step that was given anything: a default that refers to variables counts as set, only what stands in the
 * definition word for word is left out.
 */
function unlikeDefaults(
  step: PipelineStep,
  callee: PipelineStep,
  values: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  if (Object.keys(step.with).length === 0) return {};
  return Object.fromEntries([...values].filter(([name, value]) => value !== callee.inputs[name]?.default));
}

function reportUndeclared(step: PipelineStep, callee: PipelineStep, problems: CompileProblems): void {
  const declared = Object.keys(callee.inputs);
  for (const name of Object.keys(step.with).filter((each) => !Object.hasOwn(callee.inputs, each))) {
    const otherwise = declared.length === 0 ? "it takes no inputs" : `it takes ${declared.join(", ")}`;
    const place = step.places[`with.${name}`] ?? step.places[""];
    const message = `the pipeline ${step.uses} has no input \`${name}\``;
    problems.add("COMPILE_UNKNOWN_INPUT", place, message, suggestName(name, declared, otherwise));
  }
}

/** Inputs that carry a checksum or a commit, and how many hex digits they have. */
const hexLengths: Readonly<Record<string, number>> = {
  "expected-sha256": 64,
  "expected-sha512": 128,
  "expected-commit": 40,
};

function checkInput(
  name: string,
  value: string,
  step: PipelineStep,
  callee: PipelineStep,
  problems: CompileProblems,
): void {
  const place = step.places[`with.${name}`] ?? step.places[""];
  if (callee.inputs[name]?.required === true && givenValue(step, name) === undefined && value === "") {
    problems.add(
      "COMPILE_MISSING_INPUT",
      place,
      `the pipeline ${step.uses} needs the input \`${name}\``,
      `add \`${name}:\` under \`with\``,
    );
  }
  const length = hexLengths[name];
  if (length === undefined || value === "" || value.includes("${{")) return;
  if (value.length === length && /^[0-9a-fA-F]+$/.test(value)) return;
  const message = `the input \`${name}\` is \`${value}\`, not ${String(length)} hex digits`;
  problems.add("COMPILE_BAD_INPUT", place, message, "write the whole checksum or commit");
}
