import type { Name } from "./model.ts";

/**
 * Names with the highest order id on top. A name that has left for another queue stays until it surfaces, and is dropped
 * then: its `queue` says where it belongs.
 */
export class NameHeap {
  readonly #orderIdOf: (nameId: number) => number;
  readonly #names: Name[] = [];
  readonly #ids: number[] = [];

  constructor(orderIdOf: (nameId: number) => number) {
    this.#orderIdOf = orderIdOf;
  }

  push(name: Name): void {
    let at = this.#names.push(name) - 1;
    this.#ids.push(this.#orderIdOf(name.id));
    for (let parent = (at - 1) >> 1; at > 0 && this.#id(at) > this.#id(parent); parent = (at - 1) >> 1) {
      at = this.#swap(at, parent);
    }
  }

  /** The top name of those that still belong to this queue. */
  pop(queue: Name["queue"]): Name | undefined {
    for (let top = this.#names[0]; top !== undefined; top = this.#names[0]) {
      this.#swap(0, this.#names.length - 1);
      this.#names.pop();
      this.#ids.pop();
      this.#sink();
      if (top.queue === queue) return top;
    }
    return undefined;
  }

  #sink(): void {
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const larger = this.#id(right) > this.#id(left) ? right : left;
      if (this.#id(larger) <= this.#id(at)) return;
      at = this.#swap(at, larger);
    }
  }

  #id(at: number): number {
    return this.#ids[at] ?? -Infinity;
  }

  #swap(a: number, b: number): number {
    const [x, y, i, j] = [this.#names[a], this.#names[b], this.#ids[a], this.#ids[b]];
    if (x === undefined || y === undefined || i === undefined || j === undefined) return b;
    [this.#names[a], this.#names[b], this.#ids[a], this.#ids[b]] = [y, x, j, i];
    return b;
  }
}
