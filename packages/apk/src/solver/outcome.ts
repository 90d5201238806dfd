import { append } from "@apkmill/core";
import type { Catalog } from "./catalog.ts";
import type { Changes } from "./changes.ts";
import type { Constraint, Name, Package, Provider } from "./model.ts";
import { presentNames } from "./presence.ts";

/** What a search came to, asked about as a person would: who is in, who provides what, who asks for it, what else there is. */
export interface Outcome {
  readonly world: readonly Constraint[];
  /** All chosen packages, those that do not fit among them, in the order of installation. */
  readonly install: readonly Package[];
  /** The chosen packages that provide the name. */
  readonly providersOf: (name: Name) => readonly Provider[];
  /** Those of them that can stand beside no other one, as they provide the name with a version. */
  readonly versionedProvidersOf: (name: Name) => readonly Provider[];
  /** Everything that the world and the chosen packages ask of the name. */
  readonly askersOf: (name: Name) => readonly Asker[];
  /** The choice gives the world, or what it leads to, this name. */
  readonly isPresent: (name: Name) => boolean;
  /** Every name that some package of the repositories provides. */
  readonly offeredNames: () => string[];
}

/** One that asks: the world (`by` is undefined) or a chosen package. */
export interface Asker {
  readonly by: Package | undefined;
  readonly constraint: Constraint;
}

export function describeOutcome(world: readonly Constraint[], { install }: Changes, catalog: Catalog): Outcome {
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
  const versioned = new Map<Name, readonly Provider[]>();
  const providersOf = (name: Name): readonly Provider[] => providers.get(name) ?? [];
  const present = presentNames(world, install, providersOf);
  return {
    world,
    install,
    providersOf,
    versionedProvidersOf: (name) => {
      const found = versioned.get(name) ?? providersOf(name).filter(({ version }) => version !== "");
      versioned.set(name, found);
      return found;
    },
    askersOf: (name) => askers.get(name) ?? [],
    isPresent: (name) => present.has(name),
    offeredNames: () => offeredNames(catalog),
  };
}

function offeredNames({ names, providers }: Catalog): string[] {
  const isOffered = (name: number): boolean => (providers.first[name + 1] ?? 0) > (providers.first[name] ?? 0);
  return Array.from({ length: names.size }, (_, name) => name)
    .filter(isOffered)
    .map((name) => names.textOf(name));
}
