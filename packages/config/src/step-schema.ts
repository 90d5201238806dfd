import { isMap, isSeq, type Node } from "yaml";
import { decodeNode, openContext, placeOf, type DecodeContext, type DecodedBy, type Decoder } from "./decoder.ts";
import { key, list, mapOf, mapping } from "./collections.ts";
import { entriesOf } from "./mapping-entries.ts";
import type { PipelineStep } from "./package-config.ts";
import type { TextPlace } from "./place.ts";
import { collectProblems, requireNoProblems } from "./problems.ts";
import { boolean, conditionText, literalText, natural, stepText, text } from "./scalars.ts";
import { parseYaml } from "./yaml-source.ts";
import { defaultLimits } from "@apkmill/core";

/** Steps of pipelines. Source: reference melange §1.5. */

const input = mapping("an input", {
  description: key("description", literalText),
  default: key("default", literalText),
  required: key("required", boolean),
});

/** A list of steps as it stands in a test: what contradicts itself is not refused, as melange does not. */
export const testSteps: Decoder<readonly PipelineStep[]> = stepList(() => undefined);
/** A list of steps as it stands in a build. */
export const buildSteps: Decoder<readonly PipelineStep[]> = stepList(reportContradictions);

type Check = (step: PipelineStep, node: Node, context: DecodeContext) => void;

function stepList(check: Check): Decoder<readonly PipelineStep[]> {
  return list(stepDecoder(check));
}

function stepDecoder(check: Check): Decoder<PipelineStep> {
  const fields = stepFields(check);
  return {
    expected: "a step",
    decode: (node, context) => {
      const step = assembleStep(fields.decode(node, context), node, context);
      check(step, node, context);
      return step;
    },
    absent: () => ({ ...flatten(fields.absent()), line: 0, places: {} }),
  };
}

function stepFields(check: Check) {
  const children: Decoder<readonly PipelineStep[]> = {
    expected: "a list of steps",
    decode: (node, context) => stepList(check).decode(node, context),
    absent: () => [],
  };
  return mapping("a step", {
    if: key("if", conditionText),
    name: key("name", text),
    uses: key("uses", literalText),
    with: key("with", mapOf(stepText)),
    runs: key("runs", stepText),
    pipeline: key("pipeline", children),
    inputs: key("inputs", mapOf(input)),
    needs: key("needs", mapping("`needs`", { packages: key("packages", list(stepText)) })),
    label: key("label", text),
    assertions: key("assertions", mapping("`assertions`", { requiredSteps: key("required-steps", natural()) })),
    workingDirectory: key("working-directory", stepText),
    environment: key("environment", mapOf(text)),
  });
}

type StepFields = DecodedBy<ReturnType<typeof stepFields>>;

function assembleStep(fields: StepFields, node: Node, context: DecodeContext): PipelineStep {
  return { ...flatten(fields), line: placeOf(node, context).line, places: textPlaces(node, context) };
}

function flatten({ needs, assertions, ...fields }: StepFields): Omit<PipelineStep, "line" | "places"> {
  return { ...fields, needs: needs.packages, requiredSteps: assertions.requiredSteps };
}

/** The places of a step's texts by the names that {@link PipelineStep.places} has. */
function textPlaces(node: Node, context: DecodeContext): Readonly<Record<string, TextPlace>> {
  const places = new Map<string, TextPlace>([["", { ...placeOf(node, context), spelling: "" }]]);
  for (const { name, value } of childrenOf(node, context)) {
    if (["if", "runs", "uses", "working-directory"].includes(name)) places.set(name, context.source.textPlaceOf(value));
    if (name === "with") addPlaces("with", value, context, places);
    for (const child of name === "needs" ? childrenOf(value, context) : [])
      addPlaces("needs", child.value, context, places);
  }
  return Object.fromEntries(places);
}

function addPlaces(prefix: string, node: Node, context: DecodeContext, places: Map<string, TextPlace>): void {
  for (const { name, value } of childrenOf(node, context))
    places.set(`${prefix}.${name}`, context.source.textPlaceOf(value));
}

function childrenOf(node: Node, context: DecodeContext): { readonly name: string; readonly value: Node }[] {
  const target = context.source.resolve(node);
  const silent = { ...context, problems: { ...context.problems, add: () => undefined } };
  const resolved = (value: Node | null): Node[] => (value === null ? [] : [context.source.resolve(value) ?? value]);
  if (isSeq<Node | null>(target))
    return target.items.flatMap((item, index) => resolved(item).map((value) => ({ name: String(index), value })));
  if (!isMap<unknown, Node | null>(target)) return [];
  return entriesOf(target, silent).flatMap(({ name, value }) =>
    resolved(value).map((child) => ({ name, value: child })),
  );
}

/** What a step may not combine. A step that has both `uses` and `pipeline` is one that was compiled before. */
function reportContradictions(step: PipelineStep, node: Node, context: DecodeContext): void {
  const report = (message: string, hint: string): void => {
    context.problems.add("CONFIG_BAD_VALUE", placeOf(node, context), message, hint);
  };
  const hasWith = Object.keys(step.with).length > 0;
  if (step.uses !== "" && step.runs !== "") report("a step has both `uses` and `runs`", "make two steps of it");
  else if (step.runs !== "" && hasWith)
    report("a step has both `runs` and `with`", "write the values into `runs`, or say which pipeline `uses` means");
  else if (hasWith && step.uses === "") report("a step has `with` but no `uses`", "say which pipeline `uses` means");
}

/**
 * A pipeline definition, the target of a `uses`, from its text: one step with inputs. Keys it does not know are passed over, and references
 * to variables stay.
 * @throws ConfigError CONFIG_INVALID with every problem
 */
export function parsePipelineDefinition(text: string, file: string, limits = defaultLimits): PipelineStep {
  const problems = collectProblems();
  const source = parseYaml(file, text, limits, problems);
  const context = source && { ...openContext(source, problems), lenient: true };
  const definition = context ? decodeNode(definitionStep, source.root, context) : definitionStep.absent();
  requireNoProblems(problems, file);
  return definition;
}

const definitionStep = stepDecoder(() => undefined);
