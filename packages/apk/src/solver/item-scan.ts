import { requireWithin } from "@apkmill/core";
import type { Items } from "./catalog.ts";
import { IntList } from "./int-list.ts";

/** The items of all packages while they are read: a column for each thing that is kept of them. */
export class ItemScan {
  readonly #first: IntList;
  readonly #owner: IntList;
  readonly #name: IntList;
  readonly #at: IntList;
  readonly #most: number;

  /** `capacity` is a guess: columns grow, up to `most` items. */
  constructor(capacity: number, packages: number, most: number) {
    this.#most = most;
    this.#first = new IntList(packages + 1);
    this.#owner = new IntList(capacity);
    this.#name = new IntList(capacity);
    this.#at = new IntList(capacity);
    this.#first.push(0);
  }

  /** @throws CoreError LIMIT_EXCEEDED */
  get length(): number {
    return this.#name.length;
  }

  push(owner: number, name: number, at: number): void {
    const number = this.#name.length;
    if (number >= this.#most)
      requireWithin("dependencies or provided names of all indexes", number + 1, this.#most, "items");
    this.#owner.push(owner);
    this.#name.push(name);
    this.#at.push(at);
  }

  /** Names the first item of the package at hand, whose place was taken before its name was known. */
  nameFirst(name: number): void {
    this.#name.set(this.#first.at(this.#first.length - 1), name);
  }

  /** Forgets the items of the package at hand. */
  drop(): void {
    this.#owner.length = this.#name.length = this.#at.length = this.#first.at(this.#first.length - 1);
  }

  endPackage(): void {
    this.#first.push(this.#name.length);
  }

  done(): Items {
    return { first: this.#first.done(), package: this.#owner.done(), name: this.#name.done(), at: this.#at.done() };
  }
}
