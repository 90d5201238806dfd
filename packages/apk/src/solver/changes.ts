import { InstalledTrack } from "./installed-track.ts";
import { fulfils, type Constraint, type Name, type Package } from "./model.ts";
import type { Universe } from "./universe.ts";

/** One step: a chosen package takes the place of what is installed under its name, if anything; or that goes. */
export interface Step {
  readonly previous: Package | undefined;
  /** Undefined for a removal. */
  readonly chosen: Package | undefined;
}

/** The steps to what was chosen, and whether everything that it needs is in it. */
export interface Changes {
  /** Chosen packages that are installed already among them. */
  readonly steps: readonly Step[];
  /** The chosen packages, in the order of the steps. */
  readonly install: readonly Package[];
  readonly complete: boolean;
}

/**
 * In which order would apk change what is installed to what was chosen? (A10.6) The world's names in turn, depth first: what a
 * package depends on, the package, then the packages whose install_if is complete with it. What is displaced goes when a
 * chosen package takes its names; what nobody asks for any more, after the last one who did. Dependencies that are not
 * fulfilled are noted on the way.
 *
 * The stack is explicit: a chain of dependencies may be longer than the engine's.
 */
export function listChanges(universe: Universe, world: readonly Constraint[]): Changes {
  const walk = new ChangeWalk(universe);
  const stack = [walk.all(world)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next();
    if (next.done === true) stack.pop();
    else stack.push(next.value);
  }
  return walk;
}

/** Work that is interrupted by other such work, which it yields. */
type Task = Generator<Task, void>;

class ChangeWalk implements Changes {
  readonly steps: Step[] = [];
  readonly install: Package[] = [];
  complete = true;
  readonly #universe: Universe;
  readonly #installed: InstalledTrack;

  constructor(universe: Universe) {
    this.#universe = universe;
    this.#installed = new InstalledTrack(universe.installed);
  }

  *all(world: readonly Constraint[]): Task {
    for (const each of this.#installed.packages) yield* this.#removeOrphan(each);
    yield* this.#needs(undefined, world);
    for (const each of this.#installed.packages) yield this.#remove(each);
  }

  *#needs(by: Package | undefined, constraints: readonly Constraint[]): Task {
    for (const { name, dependency } of constraints) {
      if (!fulfils(dependency, name.chosen, by)) this.complete = false;
      if (!name.inChanges) yield this.#change(name);
    }
  }

  /** Puts the package that was chosen for the name on the list, between what it needs and what it triggers. */
  *#change(name: Name): Task {
    yield* this.#take(name);
    const chosen = name.chosen?.package;
    if (chosen === undefined || chosen.inChanges) return;
    chosen.inChanges = true;
    const provided = namesOf(chosen);
    for (const each of provided) yield* this.#take(each);
    const previous = this.#installed.packageOf(chosen.name);
    if (previous !== undefined) yield* this.#untriggered(previous);
    yield* this.#needs(chosen, chosen.depends);
    this.steps.push({ previous, chosen });
    this.install.push(chosen);
    if (chosen.failed) this.complete = false;
    for (const each of provided) yield* this.#triggered(each);
    this.#installed.addDepends(chosen);
    if (previous !== undefined) yield* this.#drop(previous);
  }

  /** From now on the name is what was chosen for it: what is installed under it goes first, if that is another one. */
  *#take(name: Name): Task {
    if (name.inChanges) return;
    name.inChanges = true;
    const standing = this.#installed.packageOf(name);
    if (standing !== undefined) yield this.#remove(standing);
  }

  *#remove(previous: Package): Task {
    const { name } = previous;
    if (previous.inChanges || name.chosen?.package.name === name) return;
    name.inChanges = previous.inChanges = true;
    for (const dependant of this.#universe.installedDependantsOf(previous)) yield this.#remove(dependant);
    yield* this.#untriggered(previous);
    this.steps.push({ previous, chosen: undefined });
    yield* this.#drop(previous);
  }

  *#removeOrphan(previous: Package): Task {
    if (this.#installed.isOrphan(previous)) yield this.#remove(previous);
  }

  /** What the package depended on is asked for by one less. */
  *#drop(previous: Package): Task {
    for (const depend of previous.depends) {
      const orphan = this.#installed.dropDependency(depend);
      if (orphan !== undefined) yield this.#remove(orphan);
    }
  }

  *#triggered(provided: Name): Task {
    for (const id of this.#universe.installIfDependantsOf(provided.id)) {
      const name = this.#universe.touchedName(id);
      const candidate = name?.chosen?.package;
      if (name === undefined || candidate === undefined || candidate.inChanges || name.inChanges) continue;
      if (candidate.installIf.every((condition) => isMet(candidate, condition))) yield this.#change(name);
    }
  }

  /** What was installed for the sake of this package goes with it. */
  *#untriggered(previous: Package): Task {
    for (const provided of namesOf(previous)) {
      for (const id of this.#universe.installIfDependantsOf(provided.id)) {
        const name = this.#universe.touchedName(id);
        const candidate = name && this.#installed.packageOf(name);
        if (name === undefined || candidate === undefined || name.chosen !== undefined) continue;
        if (candidate.installIf.some((condition) => condition.name.inChanges && condition.name.chosen === undefined)) {
          yield* this.#removeOrphan(candidate);
        }
      }
    }
  }
}

function namesOf({ name, provides }: Package): Name[] {
  return [name, ...provides.map((provide) => provide.name)];
}

function isMet(candidate: Package, { name, dependency }: Constraint): boolean {
  return (dependency.conflict || name.inChanges) && fulfils(dependency, name.chosen, candidate);
}
