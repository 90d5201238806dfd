import { defaultLimits, type Limits } from "@apkmill/core";
import { ApkError } from "../apk-error.ts";
import type { Catalog, Sources } from "./catalog.ts";
import { IndexScan } from "./index-scan.ts";
import { linkNames } from "./links.ts";
import { groupByKey } from "./lists.ts";

/**
 * How do the texts of indexes become a catalog? They are read into columns; then the providers of each name are listed, and who
 * depends on it by `depends` and by `install_if` (A10.1, A10.8).
 */

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

const newline = 0x0a;

function listRepeats(sameAs: Int32Array): Map<number, number[]> {
  const repeats = new Map<number, number[]>();
  sameAs.forEach((first, number) => {
    if (first >= 0) repeats.set(first, [...(repeats.get(first) ?? []), number]);
  });
  return repeats;
}
