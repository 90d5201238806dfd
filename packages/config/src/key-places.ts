import { isMap, type Node } from "yaml";
import type { Decoder } from "./decoder.ts";
import { entriesOf } from "./mapping-entries.ts";
import type { Place } from "./place.ts";
import { ignoredProblems } from "./problems.ts";

/** Where the keys of a mapping stand, by name. */
export interface KeyPlaces {
  readonly places: Readonly<Record<string, Place>>;
}

/** The decoder's values with the places of their keys, for rules that join several keys. */
export function withKeyPlaces<T>(decoder: Decoder<T>): Decoder<T & KeyPlaces> {
  return {
    ...decoder,
    decode: (node, context) => {
      const entries = isMap<unknown, Node | null>(node)
        ? entriesOf(node, { ...context, problems: ignoredProblems })
        : [];
      const places = Object.fromEntries(entries.map(({ name, key }) => [name, context.source.placeOf(key)]));
      return { ...decoder.decode(node, context), places };
    },
    absent: () => ({ ...decoder.absent(), places: {} }),
  };
}
