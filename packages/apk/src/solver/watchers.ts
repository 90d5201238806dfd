import type { Name } from "./model.ts";
import type { Universe } from "./universe.ts";
import { zeros } from "./zeros.ts";

/**
 * Which names must be looked at again when something about another name changes? Those that somebody wants, and of which some
 * provider depends on it: they are told, in the order of apk's table. Everybody else finds out when asked for the first time.
 *
 * Distributions connect their packages in half a million ways, and a search meets few of them: nothing is listed for names that
 * nobody wants.
 */
export class Watchers {
  readonly #universe: Universe;
  /** By name id: the wanted names of which some provider depends on it. */
  readonly #watchers = new Map<number, { readonly names: Name[]; sorted: boolean }>();
  /** By name id: when something about the name changed last. */
  readonly #changedAt: Int32Array;
  /** Counts changes. */
  #now = 0;

  constructor(universe: Universe) {
    this.#universe = universe;
    this.#changedAt = zeros(universe.nameCount + 1);
  }

  get now(): number {
    return this.#now;
  }

  /** From now on the name is told of changes to what its providers depend on. */
  add(name: Name): void {
    if (name.isWatching) return;
    name.isWatching = true;
    for (const wanted of this.#universe.dependencyIdsOf(name)) {
      const known = this.#watchers.get(wanted);
      if (known === undefined) this.#watchers.set(wanted, { names: [name], sorted: true });
      else if (known.names.at(-1) !== name) {
        known.names.push(name);
        known.sorted = false;
      }
    }
  }

  /** Notes that something about the name changed; gives those who are to be told. */
  change(name: Name): readonly Name[] {
    this.#now += 1;
    this.#changedAt[name.id] = this.#now;
    const told = this.#watchers.get(name.id);
    if (told === undefined) return [];
    if (!told.sorted) told.names.sort((a, b) => this.#universe.compareInTable(a, b));
    told.sorted = true;
    return told.names;
  }

  /** Has something about the name changed after `since`? */
  hasChanged(nameId: number, since: number): boolean {
    return (this.#changedAt[nameId] ?? 0) > since;
  }

  /** Has something changed, since this was asked last, about what the name's providers depend on? */
  hasNews(name: Name): boolean {
    const since = name.checkedAt;
    name.checkedAt = this.#now;
    if (since === this.#now) return false;
    for (const wanted of this.#universe.dependencyIdsOf(name)) if ((this.#changedAt[wanted] ?? 0) > since) return true;
    return false;
  }
}
