import { tryDependency, type Dependency } from "../dependency.ts";
import { fulfils } from "./fulfils.ts";
import { itemAt } from "./item-text.ts";
import { listOf } from "./lists.ts";
import type { Name, Package, Provider } from "./model.ts";
import type { Origins } from "./origins.ts";
import type { SearchState } from "./search-state.ts";

/** An installed package by its number, and what it asks of a name. */
interface Asker {
  readonly by: number;
  readonly dependency: Dependency;
}

/** Which installed packages depend on an installed one? Asked for each package that goes. */
export class InstalledAskers {
  readonly #state: SearchState;
  readonly #origins: Origins;
  /** By name: who asks for it, in the order of apk's table of names. Ten thousand packages that go may all provide one name. */
  readonly #askers = new Map<Name, readonly Asker[]>();
  /** By package: of all names that it provides, the one that comes first in apk's table. */
  readonly #firstNames = new Map<number, number>();

  constructor(state: SearchState, origins: Origins) {
    this.#state = state;
    this.#origins = origins;
  }

  /**
   * Those that ask for something that the package provides and fulfils, name by name, in the order of apk's table of names.
   * @throws ApkError APK_RESOLVE_LIMIT
   */
  of(wanted: Package): Package[] {
    return [wanted, ...wanted.provides].flatMap(({ name, version }) =>
      this.#askersOf(name, { package: wanted, version }),
    );
  }

  #askersOf(name: Name, provider: Provider): Package[] {
    const askers = this.#askers.get(name) ?? this.#listAskers(name);
    this.#askers.set(name, askers);
    this.#state.spend(askers.length);
    return askers
      .filter(({ dependency }) => fulfils(dependency, provider, undefined))
      .map(({ by }) => this.#state.universe.packageAt(by));
  }

  #listAskers({ id }: Name): Asker[] {
    const { depends, text } = this.#origins.catalog;
    const askers: Asker[] = [];
    for (const item of listOf(depends.byName, id)) {
      const by = depends.package[item] ?? 0;
      if (this.#origins.installed[by] === undefined) continue;
      const dependency = tryDependency(itemAt(text, depends.at[item] ?? 0));
      if (dependency !== undefined) askers.push({ by, dependency });
    }
    return askers.length < 2 ? askers : askers.sort((a, b) => this.#compare(a.by, b.by));
  }

  #compare(a: number, b: number): number {
    return this.#origins.compareNames(this.#firstName(a), this.#firstName(b)) || a - b;
  }

  #firstName(asker: number): number {
    const known = this.#firstNames.get(asker);
    if (known !== undefined) return known;
    const { entries } = this.#origins.catalog;
    const [from, to] = [entries.first[asker] ?? 0, entries.first[asker + 1] ?? 0];
    let first = entries.name[from] ?? 0;
    for (let entry = from; entry < to; entry += 1) {
      const name = entries.name[entry] ?? 0;
      if (this.#origins.compareNames(name, first) < 0) first = name;
    }
    this.#firstNames.set(asker, first);
    return first;
  }
}
