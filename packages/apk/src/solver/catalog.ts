import type { IntLists } from "./lists.ts";
import type { NameTable } from "./name-table.ts";

/**
 * What do several indexes offer together, and what depends on what? The part of a resolution that does not depend on what is
 * asked for: many worlds can be resolved against one catalog. All of it is arrays of integers and one text, so that it can be
 * kept as it is.
 */
export interface Catalog {
  /** The texts of all indexes, one behind the other. */
  readonly text: Buffer;
  readonly sources: Sources;
  readonly names: NameTable;
  readonly fields: PackageFields;
  /** By package that several indexes have: the numbers of its further records. */
  readonly repeats: ReadonlyMap<number, readonly number[]>;
  /** What each package provides: its own name first (`at` is -1), then what its record lists. */
  readonly entries: Items;
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

/** Where the indexes are: their places in the text, and in the numbers of packages; one more than there are indexes. */
export interface Sources {
  readonly text: Int32Array;
  readonly package: Int32Array;
}

/** By package: where its record begins in the text (one more than there are), and its values; 0 where there is none. */
export interface PackageFields {
  readonly start: Int32Array;
  readonly version: Int32Array;
  readonly arch: Int32Array;
  readonly identity: Int32Array;
  readonly priority: Int32Array;
  /** 1 for a record with a field that is not known, or a dependency that cannot be read. */
  readonly unreadable: Int32Array;
}

/** Items of all packages, those of one from `first[package]` to `first[package + 1]`. */
export interface Items {
  readonly first: Int32Array;
  readonly package: Int32Array;
  readonly name: Int32Array;
  /** Where the item stands in the text. */
  readonly at: Int32Array;
}

/** The number of packages, those included that say others again. */
export function packageCount({ fields }: Catalog): number {
  return fields.version.length;
}

/** The number of the index that a package stands in. */
export function sourceOf({ sources }: Catalog, number: number): number {
  let source = 0;
  while (number >= (sources.package[source + 1] ?? Infinity)) source += 1;
  return source;
}
