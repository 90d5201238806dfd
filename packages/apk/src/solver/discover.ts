import type { Catalog } from "./catalog.ts";
import { discoverCode } from "./kernel-code.ts";
import { kernelModule, type KernelMemory } from "../kernel.ts";

/**
 * What can a world reach, and in which order are its names decided? (A10.4) Every name that some choice could lead to is
 * visited once, depth first. Undecided names are later decided by descending order id; ids are dealt in post-order, and made
 * so that names which were asked for come before all others, and names that a real package has before virtual ones.
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
  const kernel = openKernel();
  for (const column of columnsOf(catalog)) {
    const at = kernel.putColumn(column.length);
    new Int32Array(kernel.memory.buffer, at, column.length).set(column);
  }
  kernel.openDiscovery();
  for (const name of asked) kernel.ask(name);
  for (const root of roots) kernel.visit(root);
  const { buffer } = kernel.memory;
  const names = catalog.names.size;
  return {
    names: new Uint8Array(buffer, kernel.discoveredNames(), names),
    packages: new Uint8Array(buffer, kernel.discoveredPackages(), catalog.fields.version.length),
    orderId: new Int32Array(buffer, kernel.orderIds(), names),
  };
}

/** What the kernel reads of a catalog, in its order. */
function columnsOf({ entries, providers, depends, installIf }: Catalog): Int32Array[] {
  return [
    ...[entries.package, entries.at],
    ...[entries.first, entries.name],
    ...[depends.first, depends.name],
    ...[installIf.first, installIf.name],
    ...[providers.first, providers.values],
    ...[installIf.dependants.first, installIf.dependants.values],
  ];
}

interface DiscoverKernel extends KernelMemory {
  putColumn(length: number): number;
  openDiscovery(): void;
  ask(name: number): void;
  visit(root: number): void;
  discoveredNames(): number;
  discoveredPackages(): number;
  orderIds(): number;
}

const openKernel = kernelModule(discoverCode) as () => DiscoverKernel;
