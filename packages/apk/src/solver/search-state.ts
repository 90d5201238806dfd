import { ApkError } from "../apk-error.ts";
import type { Name, Package } from "./model.ts";
import { Undecided } from "./undecided.ts";
import type { Universe } from "./universe.ts";
import { Watchers } from "./watchers.ts";

/** What a search keeps beside the state of names and packages: who waits, and how much work may still be done. */
export class SearchState {
  readonly universe: Universe;
  readonly undecided: Undecided;
  readonly watchers: Watchers;
  /** The bit of a pinning tag; 0 for a tag that no repository has. */
  readonly tagBitOf: (tag: string) => number;
  /** Flags of all that the world asks for; see flags.ts. */
  readonly worldFlags: number;
  /** Something was chosen that does not fit. */
  hasFailed = false;
  #dirty: Name[] = [];
  #next = 0;
  #steps: number;

  constructor(
    universe: Universe,
    { tagBitOf, worldFlags, maxSteps }: Pick<SearchState, "tagBitOf" | "worldFlags"> & { readonly maxSteps: number },
  ) {
    this.universe = universe;
    this.undecided = new Undecided((id) => universe.orderIdOf(id));
    this.watchers = new Watchers(universe);
    this.tagBitOf = tagBitOf;
    this.worldFlags = worldFlags;
    this.#steps = maxSteps;
  }

  /** Has the name reconsidered, unless it is decided already or nobody wants to know. */
  touch(name: Name): void {
    if (name.dirty || name.locked || (name.requirers === 0 && !name.recheckInstallIf)) return;
    name.dirty = true;
    this.watchers.add(name);
    this.#dirty.push(name);
  }

  /** The name that has waited longest to be reconsidered. */
  takeDirty(): Name | undefined {
    const name = this.#dirty[this.#next];
    if (name === undefined) {
      this.#dirty = [];
      this.#next = 0;
      return undefined;
    }
    this.#next += 1;
    name.dirty = false;
    return name;
  }

  /** Notes that the package is chosen, and should not be. */
  fail(chosen: Package): void {
    chosen.failed = true;
    this.hasFailed = true;
  }

  /** Counts work, in providers looked at. @throws ApkError APK_RESOLVE_LIMIT */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps >= 0) return;
    throw new ApkError(
      "APK_RESOLVE_LIMIT",
      "the packages exclude and need each other in too many ways to be resolved",
      {
        hint: "no real repository is like this; look at what the request names, and leave hostile repositories out",
      },
    );
  }
}
