import { isMap, isScalar, isSeq, type Node } from "yaml";
import type { JsonSchema } from "./json-schema.ts";
import type { Place } from "./place.ts";
import type { Problems } from "./problems.ts";
import { resolveScalar } from "./yaml-scalar.ts";
import type { YamlSource } from "./yaml-source.ts";

/**
 * A decoder turns a YAML node into a typed value. It never throws: what is wrong goes to the context's problems and a value
 * that is empty in its place comes back, so that one pass reports everything. Schemas are tables of decoders.
 */
export interface Decoder<T> {
  /** What may stand here, as a message says it: "text", "a list". */
  readonly expected: string;
  readonly decode: (node: Node, context: DecodeContext) => T;
  /** The value of a key that is left out, or null. */
  readonly absent: () => T;
  /** What an editor may be told: accepts nothing that `decode` refuses. Left out where nobody asks. */
  readonly schema?: () => JsonSchema;
}

/** The values of a decoder. */
export type DecodedBy<D> = D extends Decoder<infer T> ? T : never;

export interface DecodeContext {
  readonly source: YamlSource;
  readonly problems: Problems;
  /** What becomes of a text's references to variables; see {@link TextRule}. */
  readonly variables: TextRules;
  readonly budget: Budget;
  /** True where unknown keys carry no meaning: pipeline definitions may have a `description` anywhere. */
  readonly lenient: boolean;
  /** What the dialect knows of a key that the mapping has not, nor one like it: where it belongs, or what became of it. */
  readonly adviseOnKey?: (name: string) => string | undefined;
}

/** Aliases make a small file large: how many more nodes may be decoded, and how much deeper. */
export interface Budget {
  nodes: number;
  depth: number;
}

/** What happens to a text that may hold `${{name}}`; the identity where a dialect knows no variables. */
export type TextRule = (text: string, node: Node, context: DecodeContext) => string;

export interface TextRules {
  /** Known names are replaced, others stay as they are. */
  readonly expand: TextRule;
  /** Known names are replaced, others are reported. */
  readonly expandStrictly: TextRule;
  /** Known names are replaced; those that the compiler can never know are reported, the rest is left for it. */
  readonly expandForStep: TextRule;
  /** As for a step, but in a condition: a value that stands outside quotes is quoted. */
  readonly expandCondition: TextRule;
}

const untouched: TextRule = (text) => text;

/** The rules of a dialect without variables. */
export const noVariables: TextRules = {
  expand: untouched,
  expandStrictly: untouched,
  expandForStep: untouched,
  expandCondition: untouched,
};

/** More than any real file has by a factor of a hundred, and soon reached by aliases of aliases. */
const nodeBudget = 1_000_000;

/** A strict context over `source` with a full budget. */
export function openContext(source: YamlSource, problems: Problems, variables: TextRules = noVariables): DecodeContext {
  return { source, problems, variables, budget: { nodes: nodeBudget, depth: 2 * source.depthLimit }, lenient: false };
}

/** True for what yaml.v3 leaves out of a list or a mapping's names: nothing, null, and an alias of null. */
export function standsForNothing(node: Node | null | undefined, { source }: DecodeContext): boolean {
  const target = node == null ? undefined : source.resolve(node);
  return node == null || (target !== undefined && isNull(target));
}

/** Decodes what stands at a key: nothing and null give the absent value, an alias gives what it stands for. */
export function decodeNode<T>(decoder: Decoder<T>, node: Node | null | undefined, context: DecodeContext): T {
  const target = node == null ? undefined : resolveNode(node, context);
  if (target === undefined || isNull(target)) return decoder.absent();
  if (context.budget.depth === 0) {
    const message = "aliases nest the values too deeply";
    context.problems.add(
      "CONFIG_LIMIT",
      placeOf(target, context),
      message,
      "write the values out or use fewer aliases",
    );
    return decoder.absent();
  }
  context.budget.depth -= 1;
  const value = decoder.decode(target, context);
  context.budget.depth += 1;
  return value;
}

/** The node behind an alias. Undefined, after a report, when the anchor is missing or the aliases multiply without end. */
export function resolveNode(node: Node, context: DecodeContext): Node | undefined {
  const { source, problems, budget } = context;
  if (budget.nodes <= 0) return undefined;
  budget.nodes -= 1;
  if (budget.nodes === 0) {
    problems.add(
      "CONFIG_LIMIT",
      source.placeOf(node),
      "aliases expand to too many nodes",
      "write the values out or use fewer aliases",
    );
  }
  const target = source.resolve(node);
  if (target === undefined) {
    const message = "an alias names no anchor before it, or one that contains it";
    problems.add("CONFIG_SYNTAX", source.placeOf(node), message, "name an anchor that stands earlier in the file");
  }
  return target;
}

/** True for `~`, `null` and an empty value, unless quoted or tagged as text. */
export function isNull(node: Node): boolean {
  return isScalar(node) && resolveScalar(node).kind === "null";
}

/** Reports that `node` is not what the decoder expects. */
export function reportWrongType(expected: string, node: Node, context: DecodeContext, hint?: string): void {
  context.problems.add(
    "CONFIG_WRONG_TYPE",
    placeOf(node, context),
    `expected ${expected}, found ${describeNode(node)}`,
    hint ?? `write ${expected} here`,
  );
}

/** Where a node stands. */
export function placeOf(node: Node, context: DecodeContext): Place {
  return context.source.placeOf(node);
}

/** What a node is, for the second half of "expected …, found …". */
export function describeNode(node: Node): string {
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  if (!isScalar(node)) return "an alias";
  if (isNull(node)) return "nothing";
  const text = String(node.value);
  return `\`${text.length > 40 ? `${text.slice(0, 40)}…` : text.replaceAll("\n", "\\n")}\``;
}
