import { packageCount, type Catalog } from "./catalog.ts";
import { nextUnseen, openVisit, type Visit } from "./visit.ts";

/**
 * What can a world reach, and in which order are its names decided? (A10.4) Every name that some choice could lead to is
 * visited once, depth first. Undecided names are later decided by descending order id; ids are dealt in post-order, and made
 * so that names which were asked for come before all others, and names that a real package has before virtual ones.
 *
 * The stack is explicit: chains of dependencies are long, and hostile ones longer.
 */
export interface Discovery {
  /** By name: 1 when it was visited. */
  readonly names: Uint8Array;
  /** By package: 1 when a name that it provides was visited. */
  readonly packages: Uint8Array;
  /** By name; comparable as signed numbers. */
  readonly orderId: Int32Array;
}

/** Visits all that `roots` lead to, one root after the other; `asked` are the names on the command line. */
export function discover(
  catalog: Catalog,
  { roots, asked }: { readonly roots: readonly number[]; readonly asked: ReadonlySet<number> },
): Discovery {
  const { size } = catalog.names;
  const found = {
    names: new Uint8Array(size),
    packages: new Uint8Array(packageCount(catalog)),
    provided: new Uint8Array(packageCount(catalog)),
    orderId: new Int32Array(size),
  };
  let lastId = 0;
  const dealId = (name: number): void => {
    lastId += 1;
    found.orderId[name] = lastId | (asked.has(name) ? 0 : 1 << 31) | (isReal(catalog, name) ? 1 << 30 : 0);
  };
  // Visits are used again: `depth` tells how many of them are under way.
  const stack: Visit[] = [];
  for (const root of roots) {
    if (root >= size || found.names[root] === 1) continue;
    let depth = 1;
    stack[0] = openVisit(catalog, found, root, stack[0]);
    while (depth > 0) {
      const top = stack[depth - 1];
      const next = top === undefined ? -1 : nextUnseen(catalog, found, top, dealId);
      if (next < 0) depth -= 1;
      else {
        stack[depth] = openVisit(catalog, found, next, stack[depth]);
        depth += 1;
      }
    }
  }
  return found;
}

function isReal({ entries, providers }: Catalog, name: number): boolean {
  const end = providers.first[name + 1] ?? 0;
  for (let at = providers.first[name] ?? 0; at < end; at += 1)
    if (entries.at[providers.values[at] ?? 0] === -1) return true;
  return false;
}
