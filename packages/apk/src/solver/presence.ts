import type { Constraint, Name, Package, Provider } from "./model.ts";

/**
 * Which names does a choice provide, as apk counts them when it reports a failure? (A10.9) Not what is on the list of changes,
 * but what the world leads to: from its constraints to the chosen providers, from those to what they depend on, and to
 * the packages whose install_if is complete with them.
 *
 * A package without a priority that is only reached through a provide without a version does not make its names present, and
 * neither does such a provide of a package that only install_if brought: apk then asks the user to name one of the providers.
 */
export function presentNames(
  world: readonly Constraint[],
  chosen: readonly Package[],
  chosenProvidersOf: (name: Name) => readonly Provider[],
): ReadonlySet<Name> {
  const walk = new PresenceWalk(chosen, chosenProvidersOf);
  const stack = [walk.needs(world)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next();
    if (next.done === true) stack.pop();
    else stack.push(walk.reach(next.value.package, next.value.as));
  }
  return walk.present;
}

/** How a package is reached: as one that may be chosen unasked, by a provide that takes more than that, by its install_if. */
type Reach = "wanted" | "virtual" | "triggered";

interface Reached {
  readonly package: Package;
  readonly as: Reach;
}

class PresenceWalk {
  readonly present = new Set<Name>();
  readonly #chosenProvidersOf: (name: Name) => readonly Provider[];
  readonly #triggers = new Map<Name, Package[]>();
  readonly #reached = { wanted: new Set<Package>(), virtual: new Set<Package>(), triggered: new Set<Package>() };

  constructor(chosen: readonly Package[], chosenProvidersOf: (name: Name) => readonly Provider[]) {
    this.#chosenProvidersOf = chosenProvidersOf;
    for (const candidate of chosen) {
      for (const { name } of candidate.installIf) {
        const known = this.#triggers.get(name);
        if (known === undefined) this.#triggers.set(name, [candidate]);
        else known.push(candidate);
      }
    }
  }

  /** Yields the packages that are chosen for what is wanted. */
  *needs(constraints: readonly Constraint[]): Generator<Reached, void> {
    for (const { name, dependency } of constraints) {
      if (!dependency.conflict) for (const reached of this.#providers(name, "wanted")) yield reached;
    }
  }

  /** Notes what the package provides, and yields where it leads. */
  *reach(chosen: Package, as: Reach): Generator<Reached, void> {
    if (this.#reached[as].has(chosen)) return;
    this.#reached[as].add(chosen);
    if (as !== "virtual") {
      this.present.add(chosen.name);
      for (const { name, version } of chosen.provides) if (as === "wanted" || version !== "") this.present.add(name);
    }
    // No generator within this one: there may be as many levels as packages.
    for (const { name, dependency } of chosen.depends) {
      if (!dependency.conflict) for (const reached of this.#providers(name, "wanted")) yield reached;
    }
    if (as !== "virtual") yield* this.#triggered(chosen.name);
    for (const { name, version } of chosen.provides) if (version !== "") yield* this.#triggered(name);
  }

  /** Those of the chosen providers that were not reached in this way before. */
  #providers(name: Name, as: Reach): Reached[] {
    return this.#chosenProvidersOf(name).flatMap(({ package: provider, version }) => {
      const isVirtual = as === "wanted" && version === "" && provider.priority === 0;
      const reached = { package: provider, as: isVirtual ? "virtual" : as } as const;
      return this.#reached[reached.as].has(provider) ? [] : [reached];
    });
  }

  *#triggered(name: Name): Generator<Reached, void> {
    for (const candidate of this.#triggers.get(name) ?? []) {
      const isComplete = candidate.installIf.every(
        (condition) => condition.dependency.conflict !== this.present.has(condition.name),
      );
      if (isComplete) yield* this.#providers(candidate.name, "triggered");
    }
  }
}
