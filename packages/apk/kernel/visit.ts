import { Discovery, Graph } from "./discovery";
import { isSet } from "./flags";
import { intAt, Ints } from "./ints";
import { Lists } from "./lists";

/** What is walked: in each stage of two lists for a provider, the second follows the first. A package's own name is its first. */
enum Stage {
  depends,
  dependants,
  ownDependants,
  provides,
  conditions,
}

/**
 * Where does one name lead, in apk's order? (A10.4) Along lists, one after the other: for each provider that nobody met before,
 * what it depends on; the names that have this one in an install_if; for each provider the names that have the provider's own
 * in an install_if, and what else it provides. Then the name gets its order id. Last, each provider's own install_if.
 *
 * A visit stops at every name that is new and goes on when that one has been visited, as a recursion would. There are tens of
 * thousands of visits in one resolution: they are used again.
 */
export class Visit {
  private readonly graph: Graph;
  private name: i32 = 0;
  private stage: Stage = Stage.depends;
  /** The providers of the name whose lists are still to come in this stage: from and to where in the graph's list. */
  private provider: i32 = 0;
  private to: i32 = 0;
  /** The list at hand: names from `at` to `end` of the integers at the address `values`. */
  private values: usize = 0;
  private at: i32 = 0;
  private end: i32 = 0;
  /** Where it is noted how far the list at hand is known to be visited, and where that counts from; 0 where nobody notes it. */
  private noteAt: usize = 0;
  private first: i32 = 0;

  constructor(private readonly discovery: Discovery) {
    this.graph = discovery.graph;
  }

  /** Begins to visit a name, which is seen from now on. */
  open(name: i32): void {
    this.discovery.names.set(name);
    this.name = name;
    this.enter(Stage.depends);
    this.to = this.graph.providers.begin(name + 1);
    this.at = this.end = 0;
    this.noteAt = 0;
  }

  /** The next new name that the visited one leads to, or -1 when there are no more. */
  next(): i32 {
    const seen = this.discovery.names.start;
    do {
      const values = this.values;
      const end = this.end;
      for (let at = this.resumeAt(); at < end; at += 1) {
        const name = intAt(values, at);
        if (isSet(seen, name)) continue;
        this.at = at + 1;
        this.note(at + 1);
        return name;
      }
      this.note(end);
    } while (this.openNextList());
    return -1;
  }

  /** Where to go on in the list at hand: visits that this one led to may have walked further in it. */
  private resumeAt(): i32 {
    return this.noteAt == 0 ? this.at : max(this.at, this.first + load<i32>(this.noteAt));
  }

  /** All before a place in the list at hand is visited. */
  private note(at: i32): void {
    if (this.noteAt != 0) store<i32>(this.noteAt, at - this.first);
  }

  /** Goes on to the next list that is not empty; false when there is none. */
  private openNextList(): bool {
    const graph = this.graph;
    while (true) {
      const isOver = this.provider >= this.to;
      const owner = isOver ? -1 : graph.packageAt(this.provider);
      switch (this.stage) {
        case Stage.depends:
          this.provider += 1;
          if (isOver) this.enter(Stage.dependants);
          else if (!this.discovery.packages.has(owner)) {
            this.discovery.packages.set(owner);
            if (this.openList(graph.depends, owner)) return true;
          }
          break;
        case Stage.dependants:
          this.stage = Stage.ownDependants;
          if (this.openUnknown(graph.dependants, this.name, this.discovery.knownDependants, 0)) return true;
          break;
        case Stage.ownDependants:
          if (isOver) {
            this.discovery.deal(this.name);
            this.enter(Stage.conditions);
            break;
          }
          this.stage = Stage.provides;
          if (this.openUnknown(graph.dependants, ownName(graph, owner), this.discovery.knownDependants, 0)) return true;
          break;
        case Stage.provides:
          this.stage = Stage.ownDependants;
          this.provider += 1;
          if (this.openUnknown(graph.provided, owner, this.discovery.knownProvided, 1)) return true;
          break;
        default:
          if (isOver) return false;
          this.provider += 1;
          if (this.openList(graph.conditions, owner)) return true;
      }
    }
  }

  /** Begins a stage with the first provider. */
  private enter(stage: Stage): void {
    this.stage = stage;
    this.provider = this.graph.providers.begin(this.name);
  }

  /** Sets the list of `key` to be walked; false for an empty one. */
  private openList(lists: Lists, key: i32): bool {
    this.values = lists.valuesAt;
    const at = lists.begin(key);
    const end = lists.begin(key + 1);
    this.at = at;
    this.end = end;
    this.noteAt = 0;
    return at < end;
  }

  /** {@link openList} without the first `offset`, and without those of which it is known already that they were visited. */
  private openUnknown(lists: Lists, key: i32, known: Ints, offset: i32): bool {
    this.openList(lists, key);
    this.first = this.at + offset;
    this.noteAt = known.start + ((key as usize) << 2);
    this.at = this.resumeAt();
    return this.at < this.end;
  }
}

function ownName(graph: Graph, owner: i32): i32 {
  return graph.provided.value(graph.provided.begin(owner));
}
