import { Flags } from "./flags";
import { Ints, zeros } from "./ints";
import { Lists } from "./lists";

/** What a discovery reads of a catalog. */
export class Graph {
  constructor(
    /** By package: the names that it provides, depends on, and has in its install_if. */
    readonly provided: Lists,
    readonly depends: Lists,
    readonly conditions: Lists,
    /** By name: its provider entries, and the names that have it in their install_if. */
    readonly providers: Lists,
    readonly dependants: Lists,
    /** By entry: the package, and where it stands in the text; -1 for a package's own name. */
    readonly owners: Ints,
    readonly places: Ints,
  ) {}

  /** The package of a provider of a name. */
  packageAt(provider: i32): i32 {
    return this.owners.get(this.providers.value(provider));
  }

  /** Does some package have the name as its own? */
  isReal(name: i32): bool {
    const end = this.providers.begin(name + 1);
    for (let at = this.providers.begin(name); at < end; at += 1)
      if (this.places.get(this.providers.value(at)) == -1) return true;
    return false;
  }
}

/** What was met so far. */
export class Discovery {
  /** By name: when it was visited. */
  readonly names: Flags;
  /** By package: when a name that it provides was visited. */
  readonly packages: Flags;
  /**
   * By package: how many of the names that it provides are known to be visited; by name: how many of its dependants. Some packages
   * provide thousands of names, and each leads to all others; and some have thousands of dependants.
   */
  readonly knownProvided: Ints;
  readonly knownDependants: Ints;
  /** By name: those that were asked for by themselves. */
  readonly asked: Flags;
  /** By name; comparable as signed numbers. */
  readonly orderIds: Ints;
  private lastId: i32 = 0;

  constructor(readonly graph: Graph) {
    const names = graph.providers.first.length - 1;
    const packages = graph.provided.first.length - 1;
    this.names = new Flags(names);
    this.packages = new Flags(packages);
    this.knownProvided = zeros(packages);
    this.knownDependants = zeros(names);
    this.asked = new Flags(names);
    this.orderIds = zeros(names);
  }

  /** Gives the name the next id: so that names which were asked for come before all others, and real ones before virtual ones. */
  deal(name: i32): void {
    this.lastId += 1;
    const rank = (this.asked.has(name) ? 0 : 1 << 31) | (this.graph.isReal(name) ? 1 << 30 : 0);
    this.orderIds.set(name, this.lastId | rank);
  }
}
