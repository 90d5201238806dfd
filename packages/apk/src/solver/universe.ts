import { packageCount, type Catalog, type Items } from "./catalog.ts";
import type { Discovery } from "./discover.ts";
import { heldTag, placesOf, type Origins } from "./origins.ts";
import { isReadable } from "./item-text.ts";
import { ListedConstraint, ListedProvide, ListedProvider, OwnProvider } from "./listed.ts";
import { listOf } from "./lists.ts";
import { Name, Package, type Constraint, type Provide, type Provider, type RecordSource } from "./model.ts";
import { isOfArch, isUnderstood, readIdentity, readInstalledSize, readPriority, readVersion } from "./records.ts";

/**
 * The names and packages that a search has looked at, each an object with its state. They are made from the catalog when
 * they are first looked at; all others stay numbers.
 */
export class Universe implements RecordSource {
  readonly #origins: Origins;
  readonly catalog: Catalog;
  readonly #discovery: Discovery;
  // Filled, so that they stay arrays: with large gaps between their members they would become hash tables.
  readonly #names: (Name | undefined)[];
  readonly #packages: (Package | undefined)[];
  readonly #unknown = new Map<string, Name>();
  /** By package: 1 for one that can be installed, 2 for one that cannot, 0 while nobody has asked. */
  readonly #installable: Uint8Array;

  constructor(origins: Origins, discovery: Discovery) {
    this.#origins = origins;
    this.catalog = origins.catalog;
    this.#discovery = discovery;
    this.#names = new Array<undefined>(this.catalog.names.size).fill(undefined);
    this.#packages = new Array<undefined>(packageCount(this.catalog)).fill(undefined);
    this.#installable = new Uint8Array(this.#packages.length);
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
    const id = this.catalog.names.find(text);
    if (id >= 0) return this.name(id);
    const known = this.#unknown.get(text) ?? new Name(this, this.catalog.names.size, text);
    this.#unknown.set(text, known);
    return known;
  }

  textOf(nameId: number): string {
    return this.catalog.names.textOf(nameId);
  }

  isDiscovered(nameId: number): boolean {
    return this.#discovery.names[nameId] === 1;
  }

  orderIdOf(nameId: number): number {
    return this.#discovery.orderId[nameId] ?? 0;
  }

  /** Is every name decided of which some provider depends on this one, among those that a search can reach? */
  areDependantsLocked(nameId: number): boolean {
    const { depends, entries } = this.catalog;
    let before = -1;
    for (const item of listOf(depends.byName, nameId)) {
      const holder = depends.package[item] ?? 0;
      // A package that asks more than once is there as often, one after the other.
      if (holder === before) continue;
      before = holder;
      for (let entry = entries.first[holder] ?? 0; entry < (entries.first[holder + 1] ?? 0); entry += 1) {
        const dependant = entries.name[entry] ?? 0;
        if (this.isDiscovered(dependant) && this.#names[dependant]?.locked !== true) return false;
      }
    }
    return true;
  }

  /** The ids of the names that some provider of this one depends on; with several providers a name may be there more than once. */
  dependencyIdsOf(name: Name): readonly number[] {
    return (name.dependencyIds ??= this.#readDependencyIds(name.id));
  }

  #readDependencyIds(nameId: number): number[] {
    const { providers, entries, depends } = this.catalog;
    const ids: number[] = [];
    const to = providers.first[nameId + 1] ?? 0;
    let before = -1;
    for (let at = providers.first[nameId] ?? 0; at < to; at += 1) {
      const number = entries.package[providers.values[at] ?? 0] ?? 0;
      // A package that provides the name more than once is there as often, one after the other.
      if (number === before) continue;
      before = number;
      const end = depends.first[number + 1] ?? 0;
      for (let item = depends.first[number] ?? 0; item < end; item += 1) ids.push(depends.name[item] ?? 0);
    }
    return ids;
  }

  /** Compares two names by their place in apk's table. */
  compareInTable(a: Name, b: Name): number {
    return this.#origins.compareNames(a.id, b.id);
  }

  get nameCount(): number {
    return this.catalog.names.size;
  }

  installIfDependantsOf(nameId: number): Int32Array {
    return listOf(this.catalog.installIf.dependants, nameId);
  }

  providersOf(nameId: number): Provider[] {
    const { first, values } = this.catalog.providers;
    const from = first[nameId] ?? 0;
    return made((first[nameId + 1] ?? from) - from, (index) => this.#provider(values[from + index] ?? 0));
  }

  dependsOf(number: number): Constraint[] {
    return this.#constraints(this.catalog.depends, number);
  }

  installIfOf(number: number): Constraint[] {
    return this.#constraints(this.catalog.installIf, number);
  }

  hasInstallIf(number: number): boolean {
    const { first } = this.catalog.installIf;
    return (first[number + 1] ?? 0) > (first[number] ?? 0);
  }

  providesOf(number: number): Provide[] {
    const { entries, text } = this.catalog;
    const from = (entries.first[number] ?? 0) + 1;
    return made(
      (entries.first[number + 1] ?? 0) - from,
      (index) => new ListedProvide(this.name(entries.name[from + index] ?? 0), text, entries.at[from + index] ?? 0),
    );
  }

  versionOf(number: number): string {
    return readVersion(this.catalog, number);
  }

  /** What is installed, in the order of the database. */
  get installed(): Package[] {
    const { first } = this.catalog.entries;
    return this.#origins.installed.flatMap((_, number) =>
      // A record that says again what an earlier one says provides nothing.
      (first[number + 1] ?? 0) > (first[number] ?? 0) ? [this.#package(number)] : [],
    );
  }

  /** The package of a number, which has been looked at from now on. */
  packageAt(number: number): Package {
    return this.#package(number);
  }

  /** Can the package be chosen, as far as is known now? */
  isSelectable(number: number): boolean {
    return (
      this.#packages[number]?.selectable ?? (this.#discovery.packages[number] === 1 && this.#isInstallable(number))
    );
  }

  identityOf(number: number): string {
    return readIdentity(this.catalog, number);
  }

  #package(number: number): Package {
    return (this.#packages[number] ??= this.#openPackage(number));
  }

  #openPackage(number: number): Package {
    const { entries } = this.catalog;
    const installed = this.#origins.installed[number];
    const { repositoryIndex, tags } = placesOf(this.#origins, number);
    return new Package(this, number, this.name(entries.name[entries.first[number] ?? 0] ?? 0), {
      priority: readPriority(this.catalog, number),
      installed,
      repositoryIndex,
      tags: installed === undefined ? tags : tags | heldTag(this.#origins, installed),
      // Only a package that is pinned depends on it: others are read less.
      isEmpty: (tags & 1) === 0 && readInstalledSize(this.catalog, number) === 0,
      isInstallable: this.#isInstallable(number),
      isDiscovered: this.#discovery.packages[number] === 1,
    });
  }

  /** Its architecture fits, and nothing in its record is beyond us. */
  #isInstallable(number: number): boolean {
    this.#installable[number] ||=
      isOfArch(this.catalog, number, this.#origins.arch) && isUnderstood(this.catalog, number) ? 1 : 2;
    return this.#installable[number] === 1;
  }

  /** A package as a provider of one of its names; the version is read when somebody asks for it. */
  #provider(entry: number): Provider {
    const { entries, text } = this.catalog;
    const provider = this.#package(entries.package[entry] ?? 0);
    const at = entries.at[entry] ?? -1;
    return at < 0 ? new OwnProvider(provider) : new ListedProvider(provider, text, at);
  }

  #constraints(items: Items, number: number): Constraint[] {
    const { text } = this.catalog;
    const from = items.first[number] ?? 0;
    const placeOf = (index: number): number => items.at[from + index] ?? 0;
    const constraints = made(
      (items.first[number + 1] ?? from) - from,
      (index) => new ListedConstraint(this.name(items.name[from + index] ?? 0), text, placeOf(index)),
    );
    if (isUnderstood(this.catalog, number)) return constraints;
    return constraints.filter((_, index) => isReadable(text, placeOf(index)));
  }
}

/** A list of this length, which is known: one that grows takes room for seventeen at its first item, and most have one or two. */
function made<T>(length: number, make: (index: number) => T): T[] {
  if (length <= 0) return [];
  const values = new Array<T>(length);
  for (let index = 0; index < length; index += 1) values[index] = make(index);
  return values;
}
