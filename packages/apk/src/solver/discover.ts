import type { Catalog } from "./catalog.ts";
import type { Links } from "./links.ts";

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
  links: Links,
  { roots, asked }: { readonly roots: readonly number[]; readonly asked: ReadonlySet<number> },
): Discovery {
  const { size } = catalog.names;
  const found = {
    names: new Uint8Array(size),
    packages: new Uint8Array(catalog.packages.size),
    orderId: new Int32Array(size),
  };
  let lastId = 0;
  const dealId = (name: number): void => {
    lastId += 1;
    found.orderId[name] = lastId | (asked.has(name) ? 0 : 1 << 31) | (isReal(catalog, name) ? 1 << 30 : 0);
  };
  for (const root of roots) {
    if (root >= size || found.names[root] === 1) continue;
    const stack = [visit(catalog, links, found, root, dealId)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.next();
      if (next.done === true) stack.pop();
      else stack.push(visit(catalog, links, found, next.value, dealId));
    }
  }
  return found;
}

/** Yields the names that a name leads to and that nobody has visited yet, in apk's order; deals its id on the way. */
function* visit(
  catalog: Catalog,
  links: Links,
  found: Discovery,
  name: number,
  dealId: (name: number) => void,
): Generator<number, void> {
  const { entries, depends, installIf, providers } = catalog;
  const seen = found.names;
  seen[name] = 1;
  const [from, to] = [providers.first[name] ?? 0, providers.first[name + 1] ?? 0];
  for (let at = from; at < to; at += 1) {
    const provider = entries.package[providers.values[at] ?? 0] ?? 0;
    if (found.packages[provider] === 1) continue;
    found.packages[provider] = 1;
    const end = depends.first[provider + 1] ?? 0;
    for (let item = depends.first[provider] ?? 0; item < end; item += 1) {
      const wanted = depends.name[item] ?? 0;
      if (seen[wanted] === 0) yield wanted;
    }
  }
  for (const dependant of links.installIfDependantsOf(name)) if (seen[dependant] === 0) yield dependant;
  for (let at = from; at < to; at += 1) {
    const provider = entries.package[providers.values[at] ?? 0] ?? 0;
    const own = entries.first[provider] ?? 0;
    for (const dependant of links.installIfDependantsOf(entries.name[own] ?? 0))
      if (seen[dependant] === 0) yield dependant;
    const end = entries.first[provider + 1] ?? 0;
    for (let entry = own + 1; entry < end; entry += 1) {
      const provided = entries.name[entry] ?? 0;
      if (seen[provided] === 0) yield provided;
    }
  }
  dealId(name);
  for (let at = from; at < to; at += 1) {
    const provider = entries.package[providers.values[at] ?? 0] ?? 0;
    const end = installIf.first[provider + 1] ?? 0;
    for (let item = installIf.first[provider] ?? 0; item < end; item += 1) {
      const condition = installIf.name[item] ?? 0;
      if (seen[condition] === 0) yield condition;
    }
  }
}

function isReal({ entries, providers }: Catalog, name: number): boolean {
  const end = providers.first[name + 1] ?? 0;
  for (let at = providers.first[name] ?? 0; at < end; at += 1)
    if (entries.at[providers.values[at] ?? 0] === -1) return true;
  return false;
}
