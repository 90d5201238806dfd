import { nameEnd, readDependency, type Dependency } from "../dependency.ts";
import { isNameAlone, itemAt } from "./item-text.ts";
import type { Constraint, Name, Package, Provide, Provider } from "./model.ts";

/**
 * Constraints and providers as records list them. What stands in the text is read when somebody asks for it: a search opens
 * thousands of packages of which nobody wants more than to know whether a name is decided.
 */

/** An item of `depends` or `install_if`; it must be readable. */
export class ListedConstraint implements Constraint {
  readonly name: Name;
  readonly #text: Buffer;
  readonly #at: number;
  #dependency: Dependency | undefined;

  constructor(name: Name, text: Buffer, at: number) {
    this.name = name;
    this.#text = text;
    this.#at = at;
  }

  get dependency(): Dependency {
    return (this.#dependency ??= isNameAlone(this.#text, this.#at)
      ? this.name.anyVersion
      : readDependency(itemAt(this.#text, this.#at)));
  }
}

/** A package under its own name. */
export class OwnProvider implements Provider {
  readonly package: Package;

  constructor(provider: Package) {
    this.package = provider;
  }

  get version(): string {
    return this.package.version;
  }
}

/** The version of an item of `provides`. */
class ListedVersion {
  readonly #text: Buffer;
  readonly #at: number;
  #version: string | undefined;

  constructor(text: Buffer, at: number) {
    this.#text = text;
    this.#at = at;
  }

  /** "" where there is none. One that is no version is kept, as apk does. */
  get version(): string {
    return (this.#version ??= this.#read());
  }

  #read(): string {
    if (isNameAlone(this.#text, this.#at)) return "";
    const item = itemAt(this.#text, this.#at);
    return item.slice(nameEnd(item, 0)).replace(/^[<=>~]+/, "");
  }
}

/** A package under a name of its `provides`. */
export class ListedProvider extends ListedVersion implements Provider {
  readonly package: Package;

  constructor(provider: Package, text: Buffer, at: number) {
    super(text, at);
    this.package = provider;
  }
}

/** A name of the `provides` of a package. */
export class ListedProvide extends ListedVersion implements Provide {
  readonly name: Name;

  constructor(name: Name, text: Buffer, at: number) {
    super(text, at);
    this.name = name;
  }
}
