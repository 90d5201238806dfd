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

/**
 * How much the layers of an image may unpack to, all of them together: each entry takes memory or a place on a disk, and a few long
 * names imply millions of directories. It is counted on the way, so that what is too much ends early.
 */
export class LayersBudget {
  readonly #limits: Limits;
  readonly #images: number;
  #entries = 0;
  #impliedBytes = 0;

  /** `images` says how many may need room at once. */
  constructor(limits: Limits, images = 1) {
    this.#limits = limits;
    this.#images = images;
  }

  /** Counts entries. @throws CoreError LIMIT_EXCEEDED */
  take(entries = 1): void {
    this.#entries += entries;
    requireWithin("entries of all layers", this.#entries, this.#images * 5 * this.#limits.entries, "entries");
  }

  /** Counts a directory that nothing lists. @throws CoreError LIMIT_EXCEEDED */
  imply(path: string): void {
    this.take();
    this.#impliedBytes += path.length;
    requireWithin(
      "bytes of paths of directories that no layer lists",
      this.#impliedBytes,
      this.#images * this.#limits.headerBytes,
      "headerBytes",
    );
  }
}
