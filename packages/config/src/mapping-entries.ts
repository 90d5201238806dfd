import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import { isNull, placeOf, reportWrongType, resolveNode, type DecodeContext } from "./decoder.ts";
import { spellingOf } from "./yaml-scalar.ts";

/** A name of a mapping with what stands behind it. */
export interface Entry {
  readonly name: string;
  readonly key: Node;
  readonly value: Node | null;
}

/**
 * The entries of a mapping: its own, then those merged with `<<` under names it has not, as YAML 1.1 says. A name given twice is
 * reported, and so is a second `<<`: it takes a list. A name `~` counts for nothing, as in yaml.v3.
 */
export function entriesOf(node: YAMLMap<unknown, Node | null>, context: DecodeContext): readonly Entry[] {
  const entries = new Map<string, Entry>();
  let merge: Entry | undefined;
  for (const pair of node.items) {
    const key = resolveKey(pair.key, context);
    if (key === undefined) continue;
    const entry = { name: spellingOf(key), key, value: pair.value };
    const first = isMergeKey(key) ? merge : entries.get(entry.name);
    if (first !== undefined) reportDuplicate(entry, first, context);
    else if (isMergeKey(key)) merge = entry;
    else entries.set(entry.name, entry);
  }
  for (const entry of merge ? mergedEntries(merge, context) : []) {
    if (!entries.has(entry.name)) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

/** What `<<` brings: a mapping, or a list of mappings of which the first wins. An alias stands for one mapping only. */
function mergedEntries({ key, value }: Entry, context: DecodeContext): readonly Entry[] {
  const sources = isSeq<Node>(value) ? value.items : [value ?? key];
  return sources.flatMap((source) => {
    const target = resolveNode(source, context);
    if (isMap<unknown, Node | null>(target)) return entriesOf(target, context);
    const hint = isAlias(source) && isSeq(target) ? "write the list of aliases behind `<<`" : undefined;
    if (target !== undefined) reportWrongType("a mapping to merge", target, context, hint);
    return [];
  });
}

function resolveKey(node: unknown, context: DecodeContext): Scalar | undefined {
  const target = isNode(node) ? resolveNode(node, context) : undefined;
  if (target === undefined) return undefined;
  const isEmpty = isScalar(target) && target.source === "" && target.type === "PLAIN";
  if (isNull(target) && !isEmpty) return undefined;
  if (isScalar(target) && !isEmpty) return target;
  reportWrongType("a name", target, context);
  return undefined;
}

function isMergeKey(node: Scalar): boolean {
  return node.value === "<<" && node.type === "PLAIN";
}

function reportDuplicate(second: Entry, first: Entry, context: DecodeContext): void {
  const { line } = placeOf(first.key, context);
  const message = `key \`${second.name}\` stands here a second time, first in line ${String(line)}`;
  context.problems.add("CONFIG_DUPLICATE_KEY", placeOf(second.key, context), message, "keep one of them");
}
