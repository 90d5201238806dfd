import { ApkError } from "../apk-error.ts";
import type { Name, Package } from "./model.ts";
import { Undecided } from "./undecided.ts";
import type { Universe } from "./universe.ts";
import { Watchers } from "./watchers.ts";
import { zeros } from "./zeros.ts";

/** What a search keeps beside the state of names and packages: who waits, and how much work may still be done. */
export class SearchState {
  readonly universe: Universe;
  readonly undecided: Undecided;
  readonly watchers: Watchers;
  /** The bit of a pinning tag; 0 for a tag that no repository has. */
  readonly tagBitOf: (tag: string) => number;
  /** Flags of all that the world asks for; see flags.ts. */
  readonly worldFlags: number;
  /** By name that nobody has looked at: when it was last found to be idle, on the clock of the watchers. */
  readonly idleSince: Int32Array;
  /** By dependency, as it is written: whether what was chosen for its name fulfils it, which does not change any more. */
  readonly verdicts = new Map<string, boolean>();
  /**
   * The package that was chosen last: who waits for a name that it provides was told with the first of them. Undefined once a name was
   * reconsidered since.
   */
  announced: Package | undefined;
  /** Something was chosen that does not fit. */
  hasFailed = false;
  /** Names that wait to be reconsidered; for some nobody has looked at yet, their numbers. */
  #dirty: (Name | number)[] = [];
  #next = 0;
  /** By number: 1 for a name that waits as a number. */
  readonly #waiting: Uint8Array;
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
    this.idleSince = zeros(universe.nameCount);
    this.#waiting = new Uint8Array(universe.nameCount);
  }

  /** Has the name reconsidered, unless it is decided already or nobody wants to know. */
  touch(name: Name): void {
    if (name.dirty || this.#waiting[name.id] === 1 || name.locked) return;
    if (name.requirers === 0 && !name.recheckInstallIf) return;
    name.dirty = true;
    this.watchers.add(name);
    this.#dirty.push(name);
  }

  /** Has the name reconsidered because something changed about an install_if of its providers. */
  touchForInstallIf(nameId: number): void {
    const name = this.universe.touchedName(nameId);
    if (name === undefined) {
      if (this.#waiting[nameId] === 1) return;
      this.#waiting[nameId] = 1;
      this.#dirty.push(nameId);
    } else if (!name.noInstallIf) {
      name.recheckInstallIf = true;
      this.touch(name);
    }
  }

  /** The name that has waited longest to be reconsidered; a number where nobody has looked at it, to {@link wake} if that matters. */
  takeDirty(): Name | number | undefined {
    this.announced = undefined;
    const next = this.#dirty[this.#next];
    if (next === undefined) {
      this.#dirty = [];
      this.#next = 0;
      return undefined;
    }
    this.#next += 1;
    if (typeof next === "object") {
      next.dirty = false;
      return next;
    }
    this.#waiting[next] = 0;
    return this.universe.touchedName(next) === undefined ? next : this.wake(next);
  }

  /** The name of a number that waited to be reconsidered. */
  wake(nameId: number): Name {
    const name = this.universe.name(nameId);
    name.recheckInstallIf = true;
    this.watchers.add(name);
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
