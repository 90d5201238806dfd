import type { Limits } from "@apkmill/core";
import { identityHash, identityKey } from "./identity-key.ts";
import { isReadable, lineAt } from "./item-text.ts";
import { catalogCode } from "./kernel-code.ts";
import { kernelModule, type KernelMemory } from "../kernel.ts";

/**
 * Reads the texts of indexes into the columns of a catalog.
 *
 * Contract: write text into {@link CatalogKernel.text}, have it read, end each index, link; then take the columns. Nothing may be
 * asked of it after that, as its memory must not move any more.
 */
export class CatalogKernel {
  readonly #exports: CatalogExports;
  readonly #textAt: number;
  readonly #sizeBytes: number;

  /** For texts of at most `sizeBytes`. */
  constructor(sizeBytes: number, { records, items }: Pick<Limits, "records" | "items">) {
    const host = {
      isReadable: (at: number) => isReadable(this.text, at),
      hashIdentity: (at: number) => identityHash(lineAt(this.text, at)),
      isSameIdentity: (at: number, other: number) =>
        identityKey(lineAt(this.text, at)) === identityKey(lineAt(this.text, other)),
    };
    this.#sizeBytes = sizeBytes;
    this.#exports = openKernel(host);
    this.#textAt = this.#exports.open(sizeBytes, records, items);
  }

  /** The room for the texts. It may be elsewhere after each call. */
  get text(): Buffer {
    return Buffer.from(this.#exports.memory.buffer, this.#textAt, this.#sizeBytes);
  }

  /** The number of packages so far. */
  get size(): number {
    return this.#exports.size();
  }

  /** The number of dependencies and provided names so far. */
  get itemCount(): number {
    return this.#exports.itemCount();
  }

  get nameCount(): number {
    return this.#exports.nameCount();
  }

  /** Reads the whole records between two places of the text, behind which is a line break. */
  read(from: number, to: number): Problem {
    return this.#exports.read(from, to);
  }

  /** Where the record begins, or the line, with which something is wrong. */
  get problemAt(): number {
    return this.#exports.problemAt();
  }

  endIndex(at: number): void {
    this.#exports.endIndex(at);
  }

  /** No more indexes; `length` is that of all texts. More than `mostLinks` connections are a problem. */
  link(length: number, mostLinks: number): Problem {
    return this.#exports.link(length, mostLinks);
  }

  /** The columns, in the order of catalog-columns.ts. */
  columns(): Int32Array[] {
    const kernel = this.#exports;
    return Array.from(
      { length: kernel.columnCount() },
      (_, index) => new Int32Array(kernel.memory.buffer, kernel.columnAt(index), kernel.columnLength(index)),
    );
  }
}

/** What can be wrong with an index, by its number in the kernel. */
export const problems = {
  none: 0,
  malformedLine: 1,
  noName: 2,
  noVersion: 3,
  tooManyRecords: 4,
  tooManyItems: 5,
  tooManyLinks: 6,
} as const;

export type Problem = (typeof problems)[keyof typeof problems];

interface CatalogExports extends KernelMemory {
  open(textBytes: number, mostRecords: number, mostItems: number): number;
  read(from: number, to: number): Problem;
  problemAt(): number;
  size(): number;
  itemCount(): number;
  nameCount(): number;
  endIndex(at: number): void;
  link(textBytes: number, mostLinks: number): Problem;
  columnCount(): number;
  columnAt(index: number): number;
  columnLength(index: number): number;
}

const openKernel = kernelModule(catalogCode) as (host: object) => CatalogExports;
