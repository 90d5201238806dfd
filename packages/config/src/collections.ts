import { suggestName } from "@apkmill/core";
import { isMap, isScalar, isSeq, type Node } from "yaml";
import {
  decodeNode,
  describeNode,
  placeOf,
  reportWrongType,
  standsForNothing,
  type DecodeContext,
  type Decoder,
} from "./decoder.ts";
import { orNull, type JsonSchema } from "./json-schema.ts";
import { entriesOf, type Entry } from "./mapping-entries.ts";

/** A list; empty when left out. Items that are null are left out, as yaml.v3 does. */
export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  const expected = `a list of ${item.expected}`;
  return {
    expected,
    decode: (node, context) => {
      if (isSeq<Node | null>(node)) {
        const items = node.items.filter((child) => !standsForNothing(child, context));
        return items.map((child) => decodeNode(item, child, context));
      }
      reportWrongType(
        "a list",
        node,
        context,
        isScalar(node) ? "write `- ` before each item, or `[item, item]`" : undefined,
      );
      return [];
    },
    absent: () => [],
    schema: () => ({ type: "array", items: orNull(item.schema?.() ?? {}) }),
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
    schema: () => ({ type: "object", additionalProperties: orNull(value.schema?.() ?? {}) }),
  };
}

/** One row of a mapping's table: the YAML name and what stands there. */
export interface Key<T> {
  readonly name: string;
  readonly decoder: Decoder<T>;
  readonly required: boolean;
  /** What the key means, for people who write it. */
  readonly description: string;
}

/** A key that may be left out. */
export function key<T>(name: string, decoder: Decoder<T>, description = ""): Key<T> {
  return { name, decoder, required: false, description };
}

/** A key that must be there. */
export function requiredKey<T>(name: string, decoder: Decoder<T>, description = ""): Key<T> {
  return { name, decoder, required: true, description };
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
        if (row.required && standsForNothing(found.get(row.name), context))
          reportMissingKey(what, row.name, node, context);
      return valueOf((row) => decodeNode(row.decoder, found.get(row.name), context));
    },
    absent,
    schema: () => ({
      type: "object",
      additionalProperties: false,
      properties: Object.fromEntries(rows.map(([, row]) => [row.name, propertySchema(row)])),
      ...requiredNames(rows.map(([, row]) => row)),
    }),
  };
}

function propertySchema({ decoder, required, description }: Key<unknown>): JsonSchema {
  const schema = decoder.schema?.() ?? {};
  return { ...(description === "" ? {} : { description }), ...(required ? schema : orNull(schema)) };
}

function requiredNames(rows: readonly Key<unknown>[]): JsonSchema {
  const required = rows.filter((row) => row.required).map(({ name }) => name);
  return required.length === 0 ? {} : { required };
}

function reportUnknownKey(what: string, entry: Entry, names: readonly string[], context: DecodeContext): void {
  const few = names.length <= 20 ? `use one of ${names.join(", ")}` : "remove it, or look the name up in the reference";
  const hint = suggestName(entry.name, names) ?? context.adviseOnKey?.(entry.name) ?? few;
  const message = `unknown key ${describeNode(entry.key)} in ${what}`;
  context.problems.add("CONFIG_UNKNOWN_KEY", placeOf(entry.key, context), message, hint);
}

function reportMissingKey(what: string, name: string, node: Node, context: DecodeContext): void {
  context.problems.add("CONFIG_MISSING_KEY", placeOf(node, context), `${what} has no \`${name}\``, `add \`${name}:\``);
}
