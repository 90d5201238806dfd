import { defaultLimits, type Limits } from "@apkmill/core";
import { ApkError } from "../apk-error.ts";
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

/** The catalog of indexes, the preferred one first. @throws ApkError INDEX_FORMAT, APK_RESOLVE_LIMIT · CoreError LIMIT_EXCEEDED */
export function openCatalog(indexes: readonly IndexText[], limits: Limits = defaultLimits): Catalog {
  const sizeBytes = indexes.reduce((sum, { text }) => sum + text.length, 0);
  const builder = new CatalogBuilder({ sizeBytes, count: indexes.length, limits });
  for (const { text, what } of indexes) {
    builder.begin(what);
    builder.append(text);
    builder.end();
  }
  return builder.catalog();
}

/** Reads indexes into a catalog while their texts arrive: for each in turn {@link begin}, pieces to append, {@link end}. */
export class CatalogBuilder {
  readonly #text: Buffer;
  readonly #scan: IndexScan;
  readonly #sources: Sources;
  #what = "";
  #source = 0;
  /** Text so far, and how much of it is read. */
  #length = 0;
  #read = 0;

  /** For `count` indexes of `sizeBytes` together. */
  constructor({
    sizeBytes,
    count,
    limits,
  }: {
    readonly sizeBytes: number;
    readonly count: number;
    readonly limits: Limits;
  }) {
    // Each may get a line break at its end.
    this.#text = Buffer.allocUnsafeSlow(sizeBytes + count);
    this.#scan = new IndexScan(this.#text, limits);
    this.#sources = { text: new Int32Array(count + 1), package: new Int32Array(count + 1) };
  }

  /** `what` names the index in messages. */
  begin(what: string): void {
    this.#what = what;
    this.#scan.begin(this.#length);
  }

  /** @throws ApkError INDEX_FORMAT, also for more text than was announced */
  append(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#text.length) {
      throw new ApkError("INDEX_FORMAT", `${this.#what}: its text is longer than its gzip trailer says`);
    }
    chunk.copy(this.#text, this.#length);
    this.#length += chunk.length;
    // As far as records are whole. A pair of line breaks is looked for in what is new, and in the byte before it.
    const since = Math.max(this.#read, this.#length - chunk.length - 1);
    const gap = this.#text.subarray(since, this.#length).lastIndexOf("\n\n");
    if (gap >= 0) this.#readTo(since + gap + 2);
  }

  /** No more text of this index. @throws ApkError INDEX_FORMAT */
  end(): void {
    const { text, package: packages } = this.#sources;
    const isOpen = this.#length > (text[this.#source] ?? 0) && this.#text[this.#length - 1] !== newline;
    // No line runs into the next index.
    if (isOpen) this.#length += this.#text.write("\n", this.#length);
    this.#readTo(this.#length);
    this.#source += 1;
    text[this.#source] = this.#length;
    packages[this.#source] = this.#scan.size;
  }

  /** @throws ApkError APK_RESOLVE_LIMIT */
  catalog(): Catalog {
    return linkCatalog(this.#text.subarray(0, this.#length), this.#sources, this.#scan);
  }

  #readTo(end: number): void {
    this.#scan.readRecords(this.#read, end, this.#what);
    this.#read = end;
  }
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

function listRepeats(sameAs: Int32Array): Map<number, number[]> {
  const repeats = new Map<number, number[]>();
  sameAs.forEach((first, number) => {
    if (first >= 0) repeats.set(first, [...(repeats.get(first) ?? []), number]);
  });
  return repeats;
}
