import { suggestName } from "@apkmill/core";
import { isMap, isNode, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import {
  decodeNode,
  describeNode,
  isNull,
  placeOf,
  reportWrongType,
  resolveNode,
  type DecodeContext,
  type Decoder,
} from "./decoder.ts";

/** A list; empty when left out. */
export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  const expected = `a list of ${item.expected}`;
  return {
    expected,
    decode: (node, context) => {
      if (isSeq<Node | null>(node)) return node.items.map((child) => decodeNode(item, child, context));
      reportWrongType(
        "a list",
        node,
        context,
        isScalar(node) ? "write `- ` before each item, or `[item, item]`" : undefined,
      );
      return [];
    },
    absent: () => [],
  };
}

/** A mapping with any keys, in the order of the file; empty when left out. */
export function mapOf<T>(value: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return {
    expected: "a mapping",
    decode: (node, context) => {
      if (!isMap<unknown, Node | null>(node)) {
        reportWrongType("a mapping of names to values", node, context);
        return {};
      }
      // fromEntries defines properties, so that a key `__proto__` is a key like any other.
      return Object.fromEntries(
        entriesOf(node, context).map((entry) => [entry.name, decodeNode(value, entry.value, context)]),
      );
    },
    absent: () => ({}),
  };
}

/** One row of a mapping's table: the YAML name and what stands there. */
export interface Key<T> {
  readonly name: string;
  readonly decoder: Decoder<T>;
  readonly required: boolean;
}

/** A key that may be left out. */
export function key<T>(name: string, decoder: Decoder<T>): Key<T> {
  return { name, decoder, required: false };
}

/** A key that must be there. */
export function requiredKey<T>(name: string, decoder: Decoder<T>): Key<T> {
  return { name, decoder, required: true };
}

type ValueOf<K> = K extends Key<infer T> ? T : never;
type Optional<S> = { [N in keyof S]: undefined extends ValueOf<S[N]> ? N : never }[keyof S];
/** The value of a table: keys whose decoder may give undefined become optional properties. */
export type Decoded<S> = { readonly [N in Exclude<keyof S, Optional<S>>]: ValueOf<S[N]> } & {
  readonly [N in Optional<S>]?: Exclude<ValueOf<S[N]>, undefined>;
};

/**
 * A mapping with exactly the keys of `table`; `what` names it in messages. Unknown keys, keys given twice and missing ones are reported.
 * Left out: every key's absent value.
 */
export function mapping<S extends Record<string, Key<unknown>>>(what: string, table: S): Decoder<Decoded<S>> {
  const rows = Object.entries(table);
  const names = rows.map(([, row]) => row.name);
  const valueOf = (valueAt: (row: Key<unknown>) => unknown): Decoded<S> => {
    const values = rows.map(([property, row]) => [property, valueAt(row)] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Decoded<S>;
  };
  const absent = (): Decoded<S> => valueOf((row) => row.decoder.absent());
  return {
    expected: `a mapping (${what})`,
    decode: (node, context) => {
      if (!isMap<unknown, Node | null>(node)) {
        reportWrongType(`a mapping (${what})`, node, context);
        return absent();
      }
      const entries = entriesOf(node, context);
      const unknown = context.lenient ? [] : entries.filter((entry) => !names.includes(entry.name));
      for (const entry of unknown) reportUnknownKey(what, entry, names, context);
      const found = new Map(entries.map((entry) => [entry.name, entry.value]));
      for (const [, row] of rows)
        if (row.required && isAbsent(found.get(row.name))) reportMissingKey(what, row.name, node, context);
      return valueOf((row) => decodeNode(row.decoder, found.get(row.name), context));
    },
    absent,
  };
}

interface Entry {
  readonly name: string;
  readonly key: Node;
  readonly value: Node | null;
}

/** The entries of a mapping: its own, then those merged with `<<` under names it has not, as YAML 1.1 says. */
export function entriesOf(node: YAMLMap<unknown, Node | null>, context: DecodeContext): readonly Entry[] {
  const entries = new Map<string, Entry>();
  const merged: Node[] = [];
  for (const pair of node.items) {
    const keyNode = resolveKey(pair.key, context);
    if (keyNode === undefined) continue;
    if (isMergeKey(keyNode)) {
      if (pair.value !== null) merged.push(pair.value);
      continue;
    }
    const name = String(keyNode.value);
    const first = entries.get(name);
    if (first === undefined) entries.set(name, { name, key: keyNode, value: pair.value });
    else reportDuplicate(name, first.key, keyNode, context);
  }
  for (const entry of merged.flatMap((value) => mergedEntries(value, context))) {
    if (!entries.has(entry.name)) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

function mergedEntries(value: Node, context: DecodeContext): readonly Entry[] {
  const target = resolveNode(value, context);
  if (target === undefined) return [];
  if (isMap<unknown, Node | null>(target)) return entriesOf(target, context);
  if (isSeq<Node>(target)) return target.items.flatMap((item) => mergedEntries(item, context));
  reportWrongType("a mapping to merge", target, context);
  return [];
}

function resolveKey(node: unknown, context: DecodeContext): Scalar | undefined {
  const target = isNode(node) ? resolveNode(node, context) : undefined;
  if (target === undefined) return undefined;
  if (isScalar(target)) return target;
  reportWrongType("a name", target, context);
  return undefined;
}

function isMergeKey(node: Scalar): boolean {
  return node.value === "<<" && node.type === "PLAIN";
}

function isAbsent(node: Node | null | undefined): boolean {
  return node == null || isNull(node);
}

function reportUnknownKey(what: string, entry: Entry, names: readonly string[], context: DecodeContext): void {
  const few = names.length <= 12 ? `use one of ${names.join(", ")}` : "remove it, or look the name up in the reference";
  const message = `unknown key ${describeNode(entry.key)} in ${what}`;
  context.problems.add("CONFIG_UNKNOWN_KEY", placeOf(entry.key, context), message, suggestName(entry.name, names, few));
}

function reportMissingKey(what: string, name: string, node: Node, context: DecodeContext): void {
  context.problems.add("CONFIG_MISSING_KEY", placeOf(node, context), `${what} has no \`${name}\``, `add \`${name}:\``);
}

function reportDuplicate(name: string, first: Node, second: Node, context: DecodeContext): void {
  const { line } = placeOf(first, context);
  const message = `key \`${name}\` stands here a second time, first in line ${String(line)}`;
  context.problems.add("CONFIG_DUPLICATE_KEY", placeOf(second, context), message, "keep one of them");
}
