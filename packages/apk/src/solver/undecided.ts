import { NameHeap } from "./name-heap.ts";
import type { Name } from "./model.ts";

/**
 * Names that wait for a decision: those with one possible outcome first, in the order in which that became clear; then those
 * with a provider that may be chosen unasked, then the rest, each by descending order id (A10.4).
 */
export class Undecided {
  readonly #certain = new Set<Name>();
  readonly #selectable: NameHeap;
  readonly #rest: NameHeap;

  constructor(orderIdOf: (nameId: number) => number) {
    this.#selectable = new NameHeap(orderIdOf);
    this.#rest = new NameHeap(orderIdOf);
  }

  /** Files the name where its present state puts it; decided and unwanted names leave. */
  file(name: Name): void {
    const queue = queueOf(name);
    if (queue === name.queue) return;
    if (name.queue === "certain") this.#certain.delete(name);
    name.queue = queue;
    switch (queue) {
      case "certain":
        this.#certain.add(name);
        break;
      case "selectable":
        this.#selectable.push(name);
        break;
      case "rest":
        this.#rest.push(name);
        break;
      case undefined:
    }
  }

  /** Takes out the next name to decide. */
  take(): Name | undefined {
    const [certain] = this.#certain;
    const name = certain ?? this.#selectable.pop("selectable") ?? this.#rest.pop("rest");
    if (name === undefined) return undefined;
    this.#certain.delete(name);
    name.queue = undefined;
    return name;
  }
}

function queueOf(name: Name): Name["queue"] {
  if (name.locked || !name.isWanted) return undefined;
  if (name.resolveNow) return "certain";
  return name.hasAutoSelectable ? "selectable" : "rest";
}
