import { fulfils } from "./fulfils.ts";
import type { Constraint, Name, Package } from "./model.ts";
import type { Origins } from "./origins.ts";
import { Removals } from "./removals.ts";
import type { SearchState } from "./search-state.ts";
import type { Step } from "./step.ts";

/** The steps to what was chosen, and whether everything that it needs is in it. */
export interface Changes {
  /** Chosen packages that are installed already among them. */
  readonly steps: readonly Step[];
  /** The chosen packages, in the order of the steps. */
  readonly install: readonly Package[];
  readonly complete: boolean;
}

/**
 * In which order would apk change what is installed to what was chosen? (A10.6) First goes what nobody asks for. Then the
 * world's names in turn, depth first: what a package depends on, the package, then the packages whose install_if is complete
 * with it. What is displaced goes when a chosen package takes its names; what nobody asks for any more, after the last one who
 * did; the rest at the end. Dependencies that are not fulfilled are noted on the way.
 *
 * The stack is explicit: a chain of dependencies may be longer than the engine's.
 */
export function listChanges(state: SearchState, origins: Origins, world: readonly Constraint[]): Changes {
  const walk = new ChangeWalk(state, origins);
  walk.bringAbout(world);
  return walk;
}

/** A package whose turn has come, or the world: first what it depends on, then what it triggers. */
interface Visit {
  readonly by: Package | undefined;
  readonly previous: Package | undefined;
  readonly constraints: readonly Constraint[];
  /** The next constraint to look at. */
  next: number;
  /** Names that it provides, once it is on the list; the one at hand, and how many of those that wait for that were looked at. */
  provided: readonly Name[];
  at: number;
  waiting: number;
}

class ChangeWalk implements Changes {
  readonly steps: Step[] = [];
  readonly install: Package[] = [];
  complete = true;
  readonly #state: SearchState;
  readonly #removals: Removals;

  constructor(state: SearchState, origins: Origins) {
    this.#state = state;
    this.#removals = new Removals(state, origins, this.steps);
  }

  bringAbout(world: readonly Constraint[]): void {
    this.#removals.removeOrphans();
    const stack = [openVisit(undefined, undefined, world)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const name = this.#nextNeeded(top) ?? this.#nextTriggered(top);
      if (name === undefined) {
        if (top.by !== undefined) this.#removals.settle(top.by, top.previous);
        stack.pop();
        continue;
      }
      const visit = this.#begin(name);
      if (visit !== undefined) stack.push(visit);
    }
    this.#removals.removeRest();
  }

  /** The package that was chosen for the name takes its names; undefined when it did so before, or when there is none. */
  #begin(name: Name): Visit | undefined {
    this.#take(name);
    const chosen = name.chosen?.package;
    if (chosen === undefined || chosen.inChanges) return undefined;
    chosen.inChanges = true;
    this.#take(chosen.name);
    for (const provide of chosen.provides) this.#take(provide.name);
    const previous = this.#removals.standing(chosen.name);
    if (previous !== undefined) this.#removals.untrigger(previous);
    return openVisit(chosen, previous, chosen.depends);
  }

  /** From now on the name is what was chosen for it: what is installed under it goes first, if that is another one. */
  #take(name: Name): void {
    if (name.inChanges) return;
    name.inChanges = true;
    const standing = this.#removals.standing(name);
    if (standing !== undefined) this.#removals.remove(standing);
  }

  /** The next name to deal with before the package; when there is none the package is put on the list. */
  #nextNeeded(visit: Visit): Name | undefined {
    const { by, constraints } = visit;
    while (visit.next < constraints.length) {
      const constraint = constraints[visit.next];
      visit.next += 1;
      if (constraint === undefined) continue;
      if (!fulfils(constraint.dependency, constraint.name.chosen, by)) this.complete = false;
      if (!constraint.name.inChanges) return constraint.name;
    }
    if (by !== undefined && visit.provided.length === 0) {
      visit.provided = namesOf(by);
      this.steps.push({ previous: visit.previous, chosen: by });
      this.install.push(by);
      if (by.failed) this.complete = false;
    }
    return undefined;
  }

  /** The next name whose install_if is complete now. */
  #nextTriggered(visit: Visit): Name | undefined {
    const { universe } = this.#state;
    for (; visit.at < visit.provided.length; visit.at += 1, visit.waiting = 0) {
      const waiting = universe.installIfDependantsOf(visit.provided[visit.at]?.id ?? -1);
      while (visit.waiting < waiting.length) {
        const name = universe.touchedName(waiting[visit.waiting] ?? -1);
        visit.waiting += 1;
        this.#state.spend(1);
        if (name !== undefined && this.#isTriggered(name)) return name;
      }
    }
    return undefined;
  }

  #isTriggered(name: Name): boolean {
    const candidate = name.chosen?.package;
    if (candidate === undefined || candidate.inChanges || name.inChanges) return false;
    this.#state.spend(candidate.installIf.length);
    return candidate.installIf.every((condition) => isMet(candidate, condition));
  }
}

function openVisit(by: Package | undefined, previous: Package | undefined, constraints: readonly Constraint[]): Visit {
  return { by, previous, constraints, next: 0, provided: [], at: 0, waiting: 0 };
}

function namesOf({ name, provides }: Package): Name[] {
  return [name, ...provides.map((provide) => provide.name)];
}

function isMet(candidate: Package, { name, dependency }: Constraint): boolean {
  return (dependency.conflict || name.inChanges) && fulfils(dependency, name.chosen, candidate);
}
