import { InstalledAskers } from "./installed-askers.ts";
import { InstalledTrack } from "./installed-track.ts";
import type { Name, Package } from "./model.ts";
import type { Origins } from "./origins.ts";
import type { SearchState } from "./search-state.ts";
import type { Step } from "./step.ts";

/**
 * What goes, and in which order? (A10.6) Before a package go those that depend on it and those that install_if brought for its
 * sake, unless they were chosen; after it what nobody asks for any more.
 *
 * Each method puts all that follows from it on the list of steps before it returns. The stack is explicit: a chain of packages
 * may be longer than the engine's.
 */
export class Removals {
  readonly #state: SearchState;
  readonly #steps: Step[];
  readonly #installed: InstalledTrack;
  readonly #askers: InstalledAskers;

  constructor(state: SearchState, origins: Origins, steps: Step[]) {
    this.#state = state;
    this.#steps = steps;
    this.#installed = new InstalledTrack(state.universe.installed);
    this.#askers = new InstalledAskers(state, origins);
  }

  /** What is installed under the name. */
  standing(name: Name): Package | undefined {
    return this.#installed.packageOf(name);
  }

  /** Removes what was not chosen and what nobody who is installed asks for. */
  removeOrphans(): void {
    for (const each of this.#installed.packages) if (this.#installed.isOrphan(each)) this.remove(each);
  }

  /** Removes all that was not chosen. */
  removeRest(): void {
    for (const each of this.#installed.packages) this.remove(each);
  }

  /** Removes the package, unless its name is to have one. */
  remove(previous: Package): void {
    run(this.#remove(previous));
  }

  /** Removes what install_if brought for the sake of the package. */
  untrigger(previous: Package): void {
    run(this.#untriggered(previous));
  }

  /** The chosen package asks for what it needs; what it takes the place of does so no longer, and orphans of that go. */
  settle(chosen: Package, previous: Package | undefined): void {
    this.#installed.addDepends(chosen);
    if (previous !== undefined) run(this.#drop(previous));
  }

  *#remove(previous: Package): Task {
    const { name } = previous;
    if (previous.inChanges || name.chosen?.package.name === name) return;
    name.inChanges = previous.inChanges = true;
    for (const asker of this.#askers.of(previous)) yield this.#remove(asker);
    yield* this.#untriggered(previous);
    this.#steps.push({ previous, chosen: undefined });
    yield* this.#drop(previous);
  }

  *#untriggered(previous: Package): Task {
    const { universe } = this.#state;
    for (const provided of [previous, ...previous.provides]) {
      const dependants = universe.installIfDependantsOf(provided.name.id);
      this.#state.spend(dependants.length);
      for (const id of dependants) {
        const candidate = this.#installed.packageOf(universe.name(id));
        if (candidate !== undefined && isUntriggered(candidate) && this.#installed.isOrphan(candidate)) {
          yield this.#remove(candidate);
        }
      }
    }
  }

  *#drop(previous: Package): Task {
    for (const depend of previous.depends) {
      const orphan = this.#installed.dropDependency(depend);
      if (orphan !== undefined) yield this.#remove(orphan);
    }
  }
}

/** Nothing was chosen for the name, and nothing for one of its conditions that has been dealt with. */
function isUntriggered({ name, installIf }: Package): boolean {
  const isGone = (condition: Name): boolean => condition.inChanges && condition.chosen === undefined;
  return name.chosen === undefined && installIf.some((condition) => isGone(condition.name));
}

/** Work that is interrupted by other such work, which it yields. */
type Task = Generator<Task, void>;

function run(task: Task): void {
  const stack = [task];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next();
    if (next.done === true) stack.pop();
    else stack.push(next.value);
  }
}
