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
  /** The providers of the name: from and to where in the catalog's list. */
  from: number;
  to: number;
  phase: Phase;
  /** The provider whose lists are next. */
  provider: number;
  /** The list at hand: names from `at` to `end` in `values`. */
  values: Int32Array;
  at: number;
  end: number;
}

type Phase = "depends" | "dependants" | "own dependants" | "provides" | "conditions" | "done";

export interface Seen {
  readonly names: Uint8Array;
  readonly packages: Uint8Array;
}

const nothing = new Int32Array(0);

/** Begins to visit a name, which is seen from now on. */
export function openVisit({ providers }: Catalog, seen: Seen, name: number, spent: Visit | undefined): Visit {
  seen.names[name] = 1;
  const [from, to] = [providers.first[name] ?? 0, providers.first[name + 1] ?? 0];
  if (spent === undefined) return { name, from, to, phase: "depends", provider: from, values: nothing, at: 0, end: 0 };
  spent.name = name;
  spent.from = spent.provider = from;
  spent.to = to;
  spent.phase = "depends";
  spent.at = spent.end = 0;
  return spent;
}

/** The next new name that the visited one leads to, or -1 when there are no more. */
export function nextUnseen(catalog: Catalog, seen: Seen, visit: Visit, dealId: (name: number) => void): number {
  while (visit.phase !== "done") {
    const { values, end } = visit;
    for (let { at } = visit; at < end; at += 1) {
      const name = values[at] ?? 0;
      if (seen.names[name] === 1) continue;
      visit.at = at + 1;
      return name;
    }
    visit.at = visit.end = 0;
    openNextList(catalog, seen, visit, dealId);
  }
  return -1;
}

function openNextList(catalog: Catalog, seen: Seen, visit: Visit, dealId: (name: number) => void): void {
  const { entries, depends, installIf, providers } = catalog;
  const number = entries.package[providers.values[visit.provider] ?? 0] ?? 0;
  const isLast = visit.provider >= visit.to;
  switch (visit.phase) {
    case "depends":
      if (isLast) visit.phase = "dependants";
      else if (seen.packages[number] === 0) {
        seen.packages[number] = 1;
        openList(visit, depends.name, depends.first, number);
      }
      visit.provider += 1;
      break;
    case "dependants":
      openList(visit, installIf.dependants.values, installIf.dependants.first, visit.name);
      visit.phase = "own dependants";
      visit.provider = visit.from;
      break;
    case "own dependants":
      if (isLast) {
        dealId(visit.name);
        visit.phase = "conditions";
        visit.provider = visit.from;
        break;
      }
      openList(visit, installIf.dependants.values, installIf.dependants.first, ownNameOf(catalog, number));
      visit.phase = "provides";
      break;
    case "provides":
      openList(visit, entries.name, entries.first, number);
      // The first is the package's own name, which leads no further here.
      visit.at += 1;
      visit.phase = "own dependants";
      visit.provider += 1;
      break;
    case "conditions":
      if (isLast) visit.phase = "done";
      else openList(visit, installIf.name, installIf.first, number);
      visit.provider += 1;
      break;
    case "done":
  }
}

/** Sets the list of `key` to be walked. */
function openList(visit: Visit, values: Int32Array, first: Int32Array, key: number): void {
  visit.values = values;
  visit.at = first[key] ?? 0;
  visit.end = first[key + 1] ?? 0;
}

function ownNameOf({ entries }: Catalog, number: number): number {
  return entries.name[entries.first[number] ?? 0] ?? 0;
}
