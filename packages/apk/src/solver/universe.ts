import { sourceOf, type Catalog, type Items } from "./catalog.ts";
import type { Discovery } from "./discover.ts";
import type { Origins } from "./origins.ts";
import { isNameAlone } from "./item-text.ts";
import { listOf } from "./lists.ts";
import { Name, Package, type Constraint, type Provide, type Provider } from "./model.ts";
import { compareInTable } from "./table-order.ts";
import { readDependency, readFacts, readIdentity, readProvidedVersion } from "./records.ts";

/**
 * The names and packages that a search has looked at, each an object with its state. They are made from the catalog when
 * they are first looked at; all others stay numbers.
 */
export class Universe {
  readonly #origins: Origins;
  readonly #catalog: Catalog;
  readonly #discovery: Discovery;
  readonly #names: (Name | undefined)[] = [];
  readonly #packages: (Package | undefined)[] = [];
  readonly #unknown = new Map<string, Name>();

  constructor(origins: Origins, discovery: Discovery) {
    this.#origins = origins;
    this.#catalog = origins.catalog;
    this.#discovery = discovery;
  }

  name(id: number): Name {
    return (this.#names[id] ??= new Name(this, id));
  }

  /** The name's object, if somebody has looked at it. */
  touchedName(id: number): Name | undefined {
    return this.#names[id];
  }

  /** The object of a name that may be mentioned nowhere; it then has no providers. */
  nameOf(text: string): Name {
    const id = this.#catalog.names.find(text);
    if (id >= 0) return this.name(id);
    const known = this.#unknown.get(text) ?? new Name(this, this.#catalog.names.size, text);
    this.#unknown.set(text, known);
    return known;
  }

  textOf(nameId: number): string {
    return this.#catalog.names.textOf(nameId);
  }

  isDiscovered(nameId: number): boolean {
    return this.#discovery.names[nameId] === 1;
  }

  orderIdOf(nameId: number): number {
    return this.#discovery.orderId[nameId] ?? 0;
  }

  /** Is every name decided of which some provider depends on this one, among those that a search can reach? */
  areDependantsLocked(nameId: number): boolean {
    const { depends, entries } = this.#catalog;
    for (const item of listOf(depends.byName, nameId)) {
      const holder = depends.package[item] ?? 0;
      for (let entry = entries.first[holder] ?? 0; entry < (entries.first[holder + 1] ?? 0); entry += 1) {
        const dependant = entries.name[entry] ?? 0;
        if (this.isDiscovered(dependant) && this.#names[dependant]?.locked !== true) return false;
      }
    }
    return true;
  }

  /** Calls back with the id of each name that some provider of this one depends on, until one call says that it is enough. */
  someDependency(nameId: number, found: (wanted: number) => boolean): boolean {
    const { providers, entries, depends } = this.#catalog;
    for (const provider of listOf(providers, nameId)) {
      const number = entries.package[provider] ?? 0;
      const end = depends.first[number + 1] ?? 0;
      for (let item = depends.first[number] ?? 0; item < end; item += 1)
        if (found(depends.name[item] ?? 0)) return true;
    }
    return false;
  }

  /** Compares two names by their place in apk's table. */
  compareInTable(a: Name, b: Name): number {
    return compareInTable(this.#catalog.names, a.id, b.id);
  }

  get nameCount(): number {
    return this.#catalog.names.size;
  }

  installIfDependantsOf(nameId: number): Int32Array {
    return listOf(this.#catalog.installIf.dependants, nameId);
  }

  providersOf(nameId: number): Provider[] {
    const { providers, entries } = this.#catalog;
    return Array.from(listOf(providers, nameId), (entry) => {
      const provider = this.#package(entries.package[entry] ?? 0);
      return { package: provider, version: this.#providedVersion(provider, entries.at[entry] ?? -1) };
    });
  }

  dependsOf(number: number): Constraint[] {
    return this.#constraints(this.#catalog.depends, number);
  }

  installIfOf(number: number): Constraint[] {
    return this.#constraints(this.#catalog.installIf, number);
  }

  hasInstallIf(number: number): boolean {
    const { first } = this.#catalog.installIf;
    return (first[number + 1] ?? 0) > (first[number] ?? 0);
  }

  providesOf(number: number): Provide[] {
    const { entries } = this.#catalog;
    const provider = this.#package(number);
    const provides: Provide[] = [];
    for (let entry = (entries.first[number] ?? 0) + 1; entry < (entries.first[number + 1] ?? 0); entry += 1) {
      provides.push({
        name: this.name(entries.name[entry] ?? 0),
        version: this.#providedVersion(provider, entries.at[entry] ?? -1),
      });
    }
    return provides;
  }

  identityOf(number: number): string {
    return readIdentity(this.#catalog, number);
  }

  #package(number: number): Package {
    return (this.#packages[number] ??= this.#openPackage(number));
  }

  #openPackage(number: number): Package {
    const { entries } = this.#catalog;
    const { version, arch, priority, isReadable } = readFacts(this.#catalog, number);
    const fits = this.#origins.arch === undefined || arch === this.#origins.arch || arch === "noarch";
    return new Package(this, number, this.name(entries.name[entries.first[number] ?? 0] ?? 0), {
      version,
      priority,
      repositoryIndex: sourceOf(this.#catalog, number),
      tags: this.#tagsOf(number),
      isInstallable: isReadable && fits,
      isDiscovered: this.#discovery.packages[number] === 1,
    });
  }

  #tagsOf(number: number): number {
    const all = [number, ...(this.#catalog.repeats.get(number) ?? [])];
    return all.reduce((bits, each) => bits | (this.#origins.tagBits[sourceOf(this.#catalog, each)] ?? 0), 0);
  }

  #providedVersion({ version }: Package, at: number): string {
    return at < 0 ? version : readProvidedVersion(this.#catalog, at);
  }

  #constraints(items: Items, number: number): Constraint[] {
    const constraints: Constraint[] = [];
    for (let item = items.first[number] ?? 0; item < (items.first[number + 1] ?? 0); item += 1) {
      const name = this.name(items.name[item] ?? 0);
      const at = items.at[item] ?? 0;
      const dependency = isNameAlone(this.#catalog.text, at) ? name.anyVersion : readDependency(this.#catalog, at);
      if (dependency !== undefined) constraints.push({ name, dependency });
    }
    return constraints;
  }
}
