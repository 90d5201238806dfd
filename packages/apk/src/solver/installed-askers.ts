import { tryDependency } from "../dependency.ts";
import { fulfils } from "./fulfils.ts";
import { itemAt } from "./item-text.ts";
import { listOf } from "./lists.ts";
import type { Name, Package, Provider } from "./model.ts";
import type { Origins } from "./origins.ts";
import type { Universe } from "./universe.ts";

/** Which installed packages depend on an installed one? Asked for each package that goes. */
export class InstalledAskers {
  readonly #origins: Origins;
  readonly #universe: Universe;
  /** By package: of all names that it provides, the one that comes first in apk's table. */
  readonly #firstNames = new Map<Package, number>();

  constructor(origins: Origins, universe: Universe) {
    this.#origins = origins;
    this.#universe = universe;
  }

  /** Those that ask for something that the package provides and fulfils, name by name, in the order of apk's table of names. */
  of(wanted: Package): Package[] {
    return [wanted, ...wanted.provides].flatMap(({ name, version }) => {
      const askers = this.#askersOf(name, { package: wanted, version });
      return askers.length < 2 ? askers : askers.sort((a, b) => this.#compare(a, b));
    });
  }

  #askersOf({ id }: Name, provider: Provider): Package[] {
    const { depends, text } = this.#origins.catalog;
    const askers: Package[] = [];
    for (const item of listOf(depends.byName, id)) {
      const number = depends.package[item] ?? 0;
      if (this.#origins.installed[number] === undefined) continue;
      const dependency = tryDependency(itemAt(text, depends.at[item] ?? 0));
      if (dependency !== undefined && fulfils(dependency, provider, undefined)) {
        askers.push(this.#universe.packageAt(number));
      }
    }
    return askers;
  }

  #compare(a: Package, b: Package): number {
    return this.#origins.compareNames(this.#firstName(a), this.#firstName(b)) || a.number - b.number;
  }

  #firstName(asker: Package): number {
    const known = this.#firstNames.get(asker);
    if (known !== undefined) return known;
    const { entries } = this.#origins.catalog;
    const [from, to] = [entries.first[asker.number] ?? 0, entries.first[asker.number + 1] ?? 0];
    let first = entries.name[from] ?? 0;
    for (let entry = from; entry < to; entry += 1) {
      const name = entries.name[entry] ?? 0;
      if (this.#origins.compareNames(name, first) < 0) first = name;
    }
    this.#firstNames.set(asker, first);
    return first;
  }
}
