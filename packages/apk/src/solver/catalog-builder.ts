import { defaultLimits, type Limits } from "@apkmill/core";
import { ApkError } from "../apk-error.ts";
import { catalogOfColumns } from "./catalog-columns.ts";
import { CatalogKernel, type Problem } from "./catalog-kernel.ts";
import type { Catalog } from "./catalog.ts";
import { mostLinks, requireNoProblem } from "./index-problem.ts";

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
  readonly #kernel: CatalogKernel;
  readonly #sizeBytes: number;
  readonly #limits: Limits;
  #what = "";
  /** Where the index at hand begins. */
  #from = 0;
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
    this.#sizeBytes = sizeBytes + count;
    this.#limits = limits;
    this.#kernel = new CatalogKernel(this.#sizeBytes, limits);
  }

  /** `what` names the index in messages. */
  begin(what: string): void {
    this.#what = what;
    this.#from = this.#length;
  }

  /** @throws ApkError INDEX_FORMAT, also for more text than was announced · CoreError LIMIT_EXCEEDED */
  append(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#sizeBytes) {
      throw new ApkError("INDEX_FORMAT", `${this.#what}: its text is longer than its gzip trailer says`);
    }
    const { text } = this.#kernel;
    text.set(chunk, this.#length);
    this.#length += chunk.length;
    // As far as records are whole. A pair of line breaks is looked for in what is new, and in the byte before it.
    const since = Math.max(this.#read, this.#length - chunk.length - 1);
    const gap = text.subarray(since, this.#length).lastIndexOf("\n\n");
    if (gap >= 0) this.#readTo(since + gap + 2);
  }

  /** No more text of this index. @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED */
  end(): void {
    const { text } = this.#kernel;
    const isOpen = this.#length > this.#from && text[this.#length - 1] !== newline;
    // No line runs into the next index.
    if (isOpen) this.#length += text.write("\n", this.#length);
    this.#readTo(this.#length);
    this.#kernel.endIndex(this.#length);
  }

  /** Nothing may be read after this. @throws ApkError APK_RESOLVE_LIMIT */
  catalog(): Catalog {
    this.#mind(this.#kernel.link(this.#length, mostLinks));
    const { text, nameCount } = this.#kernel;
    return catalogOfColumns(this.#kernel.columns(), text.subarray(0, this.#length), nameCount);
  }

  #readTo(end: number): void {
    this.#mind(this.#kernel.read(this.#read, end));
    this.#read = end;
  }

  #mind(problem: Problem): void {
    requireNoProblem(problem, this.#kernel, { what: this.#what, from: this.#from }, this.#limits);
  }
}

const newline = 0x0a;
