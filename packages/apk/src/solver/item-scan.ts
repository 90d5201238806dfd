import { requireWithin } from "@apkmill/core";
import type { Items } from "./catalog.ts";
import { IntList } from "./int-list.ts";

/** The items of all packages while they are read: a column for each thing that is kept of them. */
export class ItemScan {
  length = 0;
  readonly #first: IntList;
  #owner: Int32Array;
  #name: Int32Array;
  #at: Int32Array;
  readonly #most: number;

  /** `capacity` is a guess: columns grow, up to `most` items. */
  constructor(capacity: number, packages: number, most: number) {
    this.#most = most;
    this.#first = new IntList(packages + 1);
    this.#owner = new Int32Array(Math.max(16, Math.ceil(capacity)));
    this.#name = new Int32Array(this.#owner.length);
    this.#at = new Int32Array(this.#owner.length);
    this.#first.push(0);
  }

  /** @throws CoreError LIMIT_EXCEEDED */
  push(owner: number, name: number, at: number): void {
    const number = this.length;
    if (number === this.#owner.length) this.#grow();
    this.#owner[number] = owner;
    this.#name[number] = name;
    this.#at[number] = at;
    this.length = number + 1;
  }

  /** Names the first item of the package at hand, whose place was taken before its name was known. */
  nameFirst(name: number): void {
    this.#name[this.#first.at(this.#first.length - 1)] = name;
  }

  /** Forgets the items of the package at hand. */
  drop(): void {
    this.length = this.#first.at(this.#first.length - 1);
  }

  endPackage(): void {
    this.#first.push(this.length);
  }

  done(): Items {
    const { length } = this;
    return {
      first: this.#first.done(),
      package: this.#owner.subarray(0, length),
      name: this.#name.subarray(0, length),
      at: this.#at.subarray(0, length),
    };
  }

  #grow(): void {
    const most = Math.min(this.length * 2, this.#most);
    if (most === this.length)
      requireWithin("dependencies or provided names of all indexes", most + 1, this.#most, "items");
    const larger = (column: Int32Array): Int32Array => {
      const grown = new Int32Array(most);
      grown.set(column);
      return grown;
    };
    [this.#owner, this.#name, this.#at] = [larger(this.#owner), larger(this.#name), larger(this.#at)];
  }
}
