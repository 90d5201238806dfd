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
    this.#rise(this.#names.length, name, this.#orderIdOf(name.id));
  }

  /** The top name of those that still belong to this queue. */
  pop(queue: Name["queue"]): Name | undefined {
    for (let top = this.#names[0]; top !== undefined; top = this.#names[0]) {
      const last = this.#names.pop();
      const id = this.#ids.pop();
      if (last !== undefined && id !== undefined && this.#names.length > 0) this.#sink(last, id);
      if (top.queue === queue) return top;
    }
    return undefined;
  }

  /** Puts a name where `at` is, or above it, and what stood there below. */
  #rise(at: number, name: Name, id: number): void {
    let place = at;
    for (let parent = (place - 1) >> 1; place > 0 && id > this.#idAt(parent); parent = (place - 1) >> 1) {
      this.#move(parent, place);
      place = parent;
    }
    this.#names[place] = name;
    this.#ids[place] = id;
  }

  /** Puts a name in place of the top, or below it, and what stood there above. */
  #sink(name: Name, id: number): void {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const larger = this.#idAt(left + 1) > this.#idAt(left) ? left + 1 : left;
      if (this.#idAt(larger) <= id) break;
      this.#move(larger, place);
      place = larger;
    }
    this.#names[place] = name;
    this.#ids[place] = id;
  }

  #idAt(at: number): number {
    return at < this.#ids.length ? (this.#ids[at] ?? -Infinity) : -Infinity;
  }

  #move(from: number, to: number): void {
    const name = this.#names[from];
    const id = this.#ids[from];
    if (name === undefined || id === undefined) return;
    this.#names[to] = name;
    this.#ids[to] = id;
  }
}
