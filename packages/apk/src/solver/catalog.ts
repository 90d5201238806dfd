import { defaultLimits, type Limits } from "@apkmill/core";
import { IndexScan } from "./index-scan.ts";
import { linkNames } from "./links.ts";
import { groupByKey, type IntLists } from "./lists.ts";
import type { NameTable } from "./name-table.ts";

/**
 * What do several indexes offer together, and what depends on what? The part of a resolution that does not depend on what is
 * asked for: many worlds can be resolved against one catalog.
 *
 * Steps: read the texts into columns; then list the providers of each name, and who depends on it by `depends` and by
 * `install_if` (A10.1, A10.8). All of it is arrays of integers and one text, so that it can be kept as it is.
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

/** An index to read, and how it is called in messages. */
export interface IndexText {
  readonly text: Buffer;
  readonly what: string;
}

/** The catalog of indexes, the preferred one first. @throws ApkError INDEX_FORMAT, APK_RESOLVE_LIMIT */
export function openCatalog(indexes: readonly IndexText[], limits: Limits = defaultLimits): Catalog {
  const text = joinTexts(indexes.map((index) => index.text));
  const scan = new IndexScan(text, limits);
  const sources = { text: new Int32Array(indexes.length + 1), package: new Int32Array(indexes.length + 1) };
  indexes.forEach((index, number) => {
    const from = sources.text[number] ?? 0;
    const to = from + index.text.length;
    scan.readIndex(from, to, index.what);
    sources.text[number + 1] = isClosed(index.text) ? to : to + 1;
    sources.package[number + 1] = scan.size;
  });
  return linkCatalog(text, sources, scan);
}

function linkCatalog(text: Buffer, sources: Sources, scan: IndexScan): Catalog {
  const { names } = scan;
  const { fields, sameAs, provides: entries, depends, installIf } = scan.done();
  const providers = groupByKey(entries.name, names.size);
  return {
    text,
    sources,
    names,
    fields,
    repeats: listRepeats(sameAs),
    entries,
    providers,
    depends: { ...depends, byName: groupByKey(depends.name, names.size) },
    installIf: { ...installIf, dependants: linkNames({ entries, providers, items: installIf, names }) },
  };
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

const newline = 0x0a;

/** One text of all, each closed with a line break, so that no line runs into the next index. */
function joinTexts(texts: readonly Buffer[]): Buffer {
  const [first] = texts;
  if (texts.length === 1 && first !== undefined) return first;
  return Buffer.concat(texts.flatMap((text) => (isClosed(text) ? [text] : [text, Buffer.of(newline)])));
}

function isClosed(text: Buffer): boolean {
  return text.at(-1) === newline;
}

function listRepeats(sameAs: Int32Array): Map<number, number[]> {
  const repeats = new Map<number, number[]>();
  sameAs.forEach((first, number) => {
    if (first >= 0) repeats.set(first, [...(repeats.get(first) ?? []), number]);
  });
  return repeats;
}
