import { requireWithin, type Limits } from "@apkmill/core";

/**
 * How much may be added to a tree: a few lines of a configuration can imply millions of directories, or stand for the same long text a
 * thousand times, and all of it is kept in memory.
 */
export class TreeBudget {
  readonly #limits: Limits;
  #entries = 0;
  #pathBytes = 0;
  #contentBytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts a new path ("" for one that is replaced) and the bytes of its content. @throws CoreError LIMIT_EXCEEDED naming `reason` */
  take(path: string, contentBytes: number, reason: string): void {
    this.#entries += path === "" ? 0 : 1;
    this.#pathBytes += path.length;
    this.#contentBytes += contentBytes;
    requireWithin(`generated entries, with the ${reason}`, this.#entries, this.#limits.entries, "entries");
    requireWithin(
      `bytes of generated paths, with the ${reason}`,
      this.#pathBytes,
      this.#limits.headerBytes,
      "headerBytes",
    );
    requireWithin(
      `bytes of generated files, with the ${reason}`,
      this.#contentBytes,
      this.#limits.responseBytes,
      "responseBytes",
    );
  }
}
