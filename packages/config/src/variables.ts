import type { Place } from "./place.ts";
import type { Problems } from "./problems.ts";
import { replaceKnown, type Lookup } from "./references.ts";
import { replaceAllMatches } from "./go-expand.ts";
import { translateRe2 } from "./go-regexp.ts";

/**
 * The variables of one package configuration: `package.*`, `vars.*` and what `var-transforms` add. A value may refer to
 * others in any order; each is worked out when it is asked for. A cycle is reported where it closes and counts as "".
 */

/** How a variable gets its value, and where that is written. */
export type Definition =
  | { readonly kind: "template"; readonly template: string; readonly place: Place }
  | {
      readonly kind: "transform";
      readonly from: string;
      readonly match: string;
      readonly replace: string;
      readonly place: Place;
    };

/** One name and its definition; of several for one name the last counts, and an earlier one is seen by those between them. */
export interface NamedDefinition {
  readonly name: string;
  readonly definition: Definition;
}

/** A lookup over the definitions. References that no definition names stay in the values, for the compiler. */
export function resolveVariables(definitions: readonly NamedDefinition[], problems: Problems): Lookup {
  const values = new Map<number, string>();
  const open = new Set<number>();

  const valueAt = (index: number): string => {
    const known = values.get(index);
    const named = definitions[index];
    if (known !== undefined || named === undefined) return known ?? "";
    if (open.has(index)) return reportCycle(named, problems);
    open.add(index);
    const value = evaluate(named, (name) => lookupFrom(index, name), problems);
    open.delete(index);
    values.set(index, value);
    return value;
  };

  // A transform that overwrites its own source means the value from before it.
  const lookupFrom = (index: number, name: string): string | undefined => {
    const isOwnName = definitions[index]?.name === name && definitions[index].definition.kind === "transform";
    const candidates = definitions.flatMap((other, at) =>
      other.name === name && (!isOwnName || at < index) ? [at] : [],
    );
    const last = candidates.at(-1);
    return last === undefined ? undefined : valueAt(last);
  };

  return (name) => lookupFrom(-1, name);
}

function evaluate({ name, definition }: NamedDefinition, lookup: Lookup, problems: Problems): string {
  if (definition.kind === "template") return replaceKnown(definition.template, lookup);
  try {
    return replaceAllMatches(replaceKnown(definition.from, lookup), translateRe2(definition.match), definition.replace);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const message = `the pattern \`${definition.match}\` that makes \`${name}\` is not a regular expression: ${cause.message}`;
    problems.add("CONFIG_BAD_VALUE", definition.place, message, "write the pattern in RE2 syntax");
    return "";
  }
}

function reportCycle({ name, definition }: NamedDefinition, problems: Problems): string {
  problems.add(
    "CONFIG_VARIABLE_CYCLE",
    definition.place,
    `the value of \`${name}\` refers to itself`,
    "break the circle of references",
  );
  return "";
}
