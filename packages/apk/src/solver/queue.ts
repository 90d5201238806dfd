import type { Name } from "./universe.ts";

/**
 * Names that wait for a decision: those that have but one possible outcome first, in the order in which that became clear; then those
 * with a provider that may be chosen unasked, then the rest, each by descending order id (A10.4).
 */
export class Undecided {
  readonly #certain = new Set<Name>();
  readonly #selectable = new Heap();
  readonly #rest = new Heap();

  /** Files the name where its present state puts it; decided and unwanted names leave. */
  file(name: Name): void {
    const wanted = !name.locked && (name.requirers > 0 || name.hasTriggered);
    if (wanted && name.resolveNow) this.#certain.add(name);
    else this.#certain.delete(name);
    if (wanted && !name.resolveNow) (name.hasAutoSelectable ? this.#selectable : this.#rest).push(name);
  }

  /** The next name to decide. */
  take(): Name | undefined {
    for (const name of this.#certain) {
      this.#certain.delete(name);
      return name;
    }
    const isCurrent =
      (selectable: boolean) =>
      (name: Name): boolean =>
        !name.locked &&
        !name.resolveNow &&
        (name.requirers > 0 || name.hasTriggered) &&
        name.hasAutoSelectable === selectable;
    return this.#selectable.pop(isCurrent(true)) ?? this.#rest.pop(isCurrent(false));
  }
}

/** A binary heap with the highest order id on top. Entries that are no longer current are dropped when they surface. */
class Heap {
  readonly #names: Name[] = [];
  readonly #members = new Set<Name>();

  push(name: Name): void {
    if (this.#members.has(name)) return;
    this.#members.add(name);
    let at = this.#names.push(name) - 1;
    while (at > 0 && this.#id(at) > this.#id((at - 1) >> 1)) at = this.#swap(at, (at - 1) >> 1);
  }

  pop(isCurrent: (name: Name) => boolean): Name | undefined {
    for (let top = this.#names[0]; top !== undefined; top = this.#names[0]) {
      this.#members.delete(top);
      const last = this.#names.pop();
      if (last !== undefined && last !== top) {
        this.#names[0] = last;
        this.#sink();
      }
      if (isCurrent(top)) return top;
    }
    return undefined;
  }

  #sink(): void {
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const larger = right < this.#names.length && this.#id(right) > this.#id(left) ? right : left;
      if (larger >= this.#names.length || this.#id(larger) <= this.#id(at)) return;
      at = this.#swap(at, larger);
    }
  }

  #id(at: number): number {
    return this.#names[at]?.orderId ?? -Infinity;
  }

  #swap(a: number, b: number): number {
    const [x, y] = [this.#names[a], this.#names[b]];
    if (x !== undefined && y !== undefined) [this.#names[a], this.#names[b]] = [y, x];
    return b;
  }
}
