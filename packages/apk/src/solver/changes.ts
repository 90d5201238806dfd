import { fulfils, type Constraint, type Name, type Package } from "./model.ts";
import type { Universe } from "./universe.ts";

/** The order of installation, and whether everything that it needs is in it. */
export interface Changes {
  readonly install: readonly Package[];
  readonly complete: boolean;
}

/**
 * In which order would apk install what was chosen? (A10.6) The world's names in turn, depth first: what a package depends on,
 * the package, then the packages whose install_if is complete with it. Dependencies that are not fulfilled are noted on the way.
 *
 * The stack is explicit: a chain of dependencies may be longer than the engine's.
 */
export function listChanges(universe: Universe, world: readonly Constraint[]): Changes {
  const walk = new ChangeWalk(universe);
  const stack = [walk.needs(undefined, world)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next();
    if (next.done === true) stack.pop();
    else stack.push(walk.visit(next.value));
  }
  return walk;
}

class ChangeWalk implements Changes {
  readonly install: Package[] = [];
  complete = true;
  readonly #universe: Universe;

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  /** Yields the names to be visited. */
  *needs(by: Package | undefined, constraints: readonly Constraint[]): Generator<Name, void> {
    for (const { name, dependency } of constraints) {
      if (!fulfils(dependency, name.chosen, by)) this.complete = false;
      if (!name.inChanges) yield name;
    }
  }

  /** Puts the package that was chosen for the name on the list, between what it needs and what it triggers. */
  *visit(name: Name): Generator<Name, void> {
    name.inChanges = true;
    const chosen = name.chosen?.package;
    if (chosen === undefined || chosen.inChanges) return;
    chosen.inChanges = true;
    const provided = [chosen.name, ...chosen.provides.map((provide) => provide.name)];
    for (const each of provided) each.inChanges = true;
    yield* this.needs(chosen, chosen.depends);
    this.install.push(chosen);
    if (chosen.failed) this.complete = false;
    for (const each of provided) yield* this.#triggered(each);
  }

  *#triggered(provided: Name): Generator<Name, void> {
    for (const id of this.#universe.installIfDependantsOf(provided.id)) {
      const name = this.#universe.touchedName(id);
      const candidate = name?.chosen?.package;
      if (name === undefined || candidate === undefined || candidate.inChanges || name.inChanges) continue;
      if (candidate.installIf.every((condition) => isMet(candidate, condition))) yield name;
    }
  }
}

function isMet(candidate: Package, { name, dependency }: Constraint): boolean {
  return (dependency.conflict || name.inChanges) && fulfils(dependency, name.chosen, candidate);
}
