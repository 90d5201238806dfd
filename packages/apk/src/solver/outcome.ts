import type { Changes } from "./changes.ts";
import type { Constraint, Name, Package, Provider } from "./model.ts";

/** What a search came to, asked about as a person would: who is in, who provides what, who asks for it. */
export interface Outcome {
  readonly world: readonly Constraint[];
  readonly install: readonly Package[];
  /** The chosen packages that provide the name. */
  readonly providersOf: (name: Name) => readonly Provider[];
  /** Everything that the world and the chosen packages ask of the name. */
  readonly askersOf: (name: Name) => readonly Asker[];
}

/** One that asks: the world (`by` is undefined) or a chosen package. */
export interface Asker {
  readonly by: Package | undefined;
  readonly constraint: Constraint;
}

export function describeOutcome(world: readonly Constraint[], { install }: Changes): Outcome {
  const providers = new Map<Name, Provider[]>();
  const askers = new Map<Name, Asker[]>();
  const ask = (by: Package | undefined, constraint: Constraint): void =>
    append(askers, constraint.name, { by, constraint });
  for (const constraint of world) ask(undefined, constraint);
  for (const chosen of install) {
    append(providers, chosen.name, { package: chosen, version: chosen.version });
    for (const { name, version } of chosen.provides) append(providers, name, { package: chosen, version });
    for (const constraint of chosen.depends) ask(chosen, constraint);
  }
  return {
    world,
    install,
    providersOf: (name) => providers.get(name) ?? [],
    askersOf: (name) => askers.get(name) ?? [],
  };
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
