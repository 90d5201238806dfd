import type { Catalog } from "./catalog.ts";

/**
 * Where does one name lead, in apk's order? (A10.4) Along lists, one after the other: for each provider that nobody met before,
 * what it depends on; the names that have this one in an install_if; for each provider the names that have the provider's own
 * in an install_if, and what else it provides. Then the name gets its order id. Last, each provider's own install_if.
 *
 * A visit stops at every name that is new and goes on when that one has been visited, as a recursion would. There are tens of
 * thousands of visits in one resolution: they are plain objects that are used again, and no generators.
 */
export interface Visit {
  name: number;
  /** Which lists are walked now. */
  stage: number;
  /** The providers of the name whose lists are still to come in this stage: from and to where in the catalog's list. */
  provider: number;
  to: number;
  /** The list at hand: names from `at` to `end` in `values`. */
  values: Int32Array;
  at: number;
  end: number;
}

/** In each stage of two lists for a provider, the second follows the first. */
const [depends, dependants, ownDependants, provides, conditions] = [0, 1, 2, 3, 4];

export interface Seen {
  readonly names: Uint8Array;
  readonly packages: Uint8Array;
  /** By package: 1 when all that it provides has been seen. Some provide thousands of names, and each leads to all others. */
  readonly provided: Uint8Array;
}

const nothing = new Int32Array(0);

/** Begins to visit a name, which is seen from now on. */
export function openVisit({ providers }: Catalog, seen: Seen, name: number, spent: Visit | undefined): Visit {
  seen.names[name] = 1;
  const visit = spent ?? { name, stage: 0, provider: 0, to: 0, values: nothing, at: 0, end: 0 };
  visit.name = name;
  visit.stage = depends;
  visit.provider = providers.first[name] ?? 0;
  visit.to = providers.first[name + 1] ?? 0;
  visit.at = visit.end = 0;
  return visit;
}

/** The next new name that the visited one leads to, or -1 when there are no more. */
export function nextUnseen(catalog: Catalog, seen: Seen, visit: Visit, dealId: (name: number) => void): number {
  const { names } = seen;
  do {
    const { values, end } = visit;
    for (let { at } = visit; at < end; at += 1) {
      const name = values[at] ?? 0;
      if (names[name] === 1) continue;
      visit.at = at + 1;
      return name;
    }
  } while (openNextList(catalog, seen, visit, dealId));
  return -1;
}

/** Goes on to the next list that is not empty; false when there is none. */
function openNextList(catalog: Catalog, seen: Seen, visit: Visit, dealId: (name: number) => void): boolean {
  const { entries, installIf, providers } = catalog;
  for (;;) {
    const isOver = visit.provider >= visit.to;
    const number = isOver ? -1 : (entries.package[providers.values[visit.provider] ?? 0] ?? 0);
    switch (visit.stage) {
      case depends:
        visit.provider += 1;
        if (isOver) enter(catalog, visit, dependants);
        else if (seen.packages[number] === 0) {
          seen.packages[number] = 1;
          if (openList(visit, catalog.depends.name, catalog.depends.first, number)) return true;
        }
        break;
      case dependants:
        visit.stage = ownDependants;
        if (openList(visit, installIf.dependants.values, installIf.dependants.first, visit.name)) return true;
        break;
      case ownDependants:
        if (isOver) {
          dealId(visit.name);
          enter(catalog, visit, conditions);
          break;
        }
        visit.stage = provides;
        if (openList(visit, installIf.dependants.values, installIf.dependants.first, ownNameOf(catalog, number)))
          return true;
        break;
      case provides:
        visit.stage = ownDependants;
        visit.provider += 1;
        if (openProvided(catalog, seen, visit, number)) return true;
        break;
      default:
        if (isOver) return false;
        visit.provider += 1;
        if (openList(visit, installIf.name, installIf.first, number)) return true;
    }
  }
}

/** Begins a stage with the first provider. */
function enter({ providers }: Catalog, visit: Visit, stage: number): void {
  visit.stage = stage;
  visit.provider = providers.first[visit.name] ?? 0;
}

/** What a package provides beside its own name; nothing when all of it has been seen. */
function openProvided({ entries }: Catalog, seen: Seen, visit: Visit, number: number): boolean {
  if (seen.provided[number] === 1) return false;
  const end = entries.first[number + 1] ?? 0;
  let at = (entries.first[number] ?? 0) + 1;
  while (at < end && seen.names[entries.name[at] ?? 0] === 1) at += 1;
  if (at >= end) seen.provided[number] = 1;
  visit.values = entries.name;
  visit.at = at;
  visit.end = end;
  return at < end;
}

/** Sets the list of `key` to be walked; false for an empty one. */
function openList(visit: Visit, values: Int32Array, first: Int32Array, key: number): boolean {
  visit.values = values;
  visit.at = first[key] ?? 0;
  visit.end = first[key + 1] ?? 0;
  return visit.at < visit.end;
}

function ownNameOf({ entries }: Catalog, number: number): number {
  return entries.name[entries.first[number] ?? 0] ?? 0;
}
