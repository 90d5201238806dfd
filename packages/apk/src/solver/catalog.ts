import type { IndexTable, ItemLists } from "./index-table.ts";
import { linkNames } from "./links.ts";
import { groupByKey, type IntLists } from "./lists.ts";
import { NameTable } from "./name-table.ts";
import { numberPackages, type PackageNumbers } from "./number-packages.ts";

/**
 * What do several indexes offer together, and what depends on what? The part of a resolution that does not depend on what is
 * asked for: many worlds can be resolved against one catalog.
 *
 * Steps: number the names of all indexes as apk meets them, and the packages; list the providers of each name, and who
 * depends on it by `depends` and by `install_if`; rank the names as they stand in apk's table (A10.1, A10.8).
 */
export interface Catalog {
  readonly tables: readonly IndexTable[];
  readonly names: NameTable;
  readonly packages: PackageNumbers;
  readonly entries: ProviderEntries;
  /** By name: its provider entries, in load order. */
  readonly providers: IntLists;
  readonly depends: Items & {
    /** By name: the items that ask for it. */
    readonly byName: IntLists;
  };
  readonly installIf: Items & {
    /** By name: the names of which some provider has it in its install_if, in the order of apk's table. */
    readonly dependants: IntLists;
  };
}

/** One entry for each name that a package provides: its own name first, then what its record lists. */
export interface ProviderEntries {
  /** By package: its first entry; one more than there are packages. */
  readonly first: Int32Array;
  readonly package: Int32Array;
  readonly name: Int32Array;
  /** Where the item stands in its index; -1 for a package's own name. */
  readonly at: Int32Array;
}

/** Items of all packages. */
export interface Items {
  /** By package: its first item; one more than there are packages. */
  readonly first: Int32Array;
  readonly package: Int32Array;
  readonly name: Int32Array;
  /** Where the item stands in its index. */
  readonly at: Int32Array;
}

/** The catalog of indexes, the preferred one first. */
export function openCatalog(tables: readonly IndexTable[]): Catalog {
  const names = new NameTable(
    tables.map(({ text }) => text),
    tables.reduce((sum, table) => sum + table.names.size, 0),
  );
  const nameIds = tables.map((table, source) => names.addAll(table.names, source));
  const packages = numberPackages(tables);
  const sources = { tables, nameIds, packages };
  const entries = joinItems(sources, ({ provides }) => provides, { ownName: true });
  const depends = joinItems(sources, (table) => table.depends);
  const installIf = joinItems(sources, (table) => table.installIf);
  const providers = groupByKey(entries.name, names.size);
  return {
    tables,
    names,
    packages,
    entries,
    providers,
    depends: { ...depends, byName: groupByKey(depends.name, names.size) },
    installIf: { ...installIf, dependants: linkNames({ entries, providers, items: installIf, names }) },
  };
}

interface Sources {
  readonly tables: readonly IndexTable[];
  /** By table: the catalog's numbers for the names that the table numbers for itself. */
  readonly nameIds: readonly Int32Array[];
  readonly packages: PackageNumbers;
}

/** The lists of all indexes as one, with the catalog's numbers. Repeated packages have none. */
function joinItems(
  { tables, nameIds, packages }: Sources,
  itemsOf: (table: IndexTable) => ItemLists,
  { ownName = false } = {},
): ProviderEntries {
  const most = tables.reduce((sum, table) => sum + itemsOf(table).at.length + (ownName ? table.size : 0), 0);
  const joined = { package: new Int32Array(most), name: new Int32Array(most), at: new Int32Array(most) };
  const first = new Int32Array(packages.size + 1);
  let length = 0;
  const add = (number: number, name: number, at: number): void => {
    joined.package[length] = number;
    joined.name[length] = name;
    joined.at[length] = at;
    length += 1;
  };
  tables.forEach((table, source) => {
    const ids = nameIds[source] ?? new Int32Array(0);
    const items = itemsOf(table);
    for (let record = 0, number = packages.base[source] ?? 0; record < table.size; record += 1, number += 1) {
      first[number] = length;
      if (packages.sameAs[number] !== -1) continue;
      if (ownName) add(number, ids[table.name[record] ?? 0] ?? 0, -1);
      const end = items.first[record + 1] ?? 0;
      for (let item = items.first[record] ?? 0; item < end; item += 1) {
        add(number, ids[items.name[item] ?? 0] ?? 0, items.at[item] ?? 0);
      }
    }
  });
  first[packages.size] = length;
  return {
    first,
    package: joined.package.subarray(0, length),
    name: joined.name.subarray(0, length),
    at: joined.at.subarray(0, length),
  };
}
