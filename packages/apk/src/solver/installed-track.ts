import type { Constraint, Name, Package } from "./model.ts";

/**
 * What is installed, and how many ask for it, while a list of changes is made (A10.6). Who asks is counted by package: for all
 * names together that it provides with a version. What nobody asks for any more, and nothing chosen replaces, is an orphan.
 */
export class InstalledTrack {
  readonly packages: readonly Package[];
  readonly #byName = new Map<Name, Package>();
  /** By name that is provided with a version: the name of the package that does. */
  readonly #ownNames = new Map<Name, Name>();
  readonly #requirers = new Map<Name, number>();

  constructor(packages: readonly Package[]) {
    this.packages = packages;
    for (const each of packages) {
      this.#byName.set(each.name, each);
      this.#ownNames.set(each.name, each.name);
      for (const { name, version } of each.provides) if (version !== "") this.#ownNames.set(name, each.name);
    }
    for (const each of packages) this.addDepends(each);
  }

  /** What is installed under its own name. */
  packageOf(name: Name): Package | undefined {
    return this.#byName.get(name);
  }

  /** Nobody asks for the package, and nothing was chosen for its name. */
  isOrphan({ name }: Package): boolean {
    return name.chosen === undefined && (this.#requirers.get(name) ?? 0) === 0;
  }

  /** The package asks for what it depends on. */
  addDepends({ depends }: Package): void {
    for (const { name, dependency } of depends) if (!dependency.conflict) this.#count(name, 1);
  }

  /** Somebody asks for the name no longer; returns the package of that name, if nobody asks for it now. */
  dropDependency({ name, dependency }: Constraint): Package | undefined {
    if (dependency.conflict) return undefined;
    this.#count(name, -1);
    const standing = this.#byName.get(name);
    return standing !== undefined && this.isOrphan(standing) ? standing : undefined;
  }

  #count(name: Name, change: number): void {
    const own = this.#ownNames.get(name);
    if (own !== undefined) this.#requirers.set(own, (this.#requirers.get(own) ?? 0) + change);
  }
}
