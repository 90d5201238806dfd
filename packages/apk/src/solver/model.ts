import type { Dependency } from "../dependency.ts";
import type { InstalledRecord } from "../installed-package.ts";

/** A dependency whose name was looked up. */
export interface Constraint {
  readonly name: Name;
  readonly dependency: Dependency;
}

/** One package that provides one name. `version` is "" for a provide without one. */
export interface Provider {
  readonly package: Package;
  readonly version: string;
}

/** A name that a package provides beside its own. */
export interface Provide {
  readonly name: Name;
  readonly version: string;
}

/** What the records say of names and packages, by their numbers. A name or package asks when it is first asked itself. */
export interface RecordSource {
  textOf(nameId: number): string;
  /** In load order. */
  providersOf(nameId: number): readonly Provider[];
  versionOf(number: number): string;
  /** "" where there is none. */
  identityOf(number: number): string;
  dependsOf(number: number): readonly Constraint[];
  installIfOf(number: number): readonly Constraint[];
  hasInstallIf(number: number): boolean;
  /** Without the package's own name. */
  providesOf(number: number): readonly Provide[];
}

/** Anything that can be depended on (a package, a virtual name, a file, a shared object), and what a search knows about it. */
export class Name {
  readonly id: number;
  readonly #records: RecordSource;
  #providers: readonly Provider[] | undefined;
  #text: string | undefined;
  #anyVersion: Dependency | undefined;
  /** How many constraints that were applied want the name. */
  requirers = 0;
  /** The name is decided, for a provider or for none. */
  locked = false;
  chosen: Provider | undefined;
  /** Waits to be reconsidered. */
  dirty = false;
  /** Ids of what its providers depend on, once somebody has asked. */
  dependencyIds: readonly number[] | undefined;
  /** Is told when something changes about what its providers depend on; see {@link Watchers}. */
  isWatching = false;
  /** When its providers' dependencies were last looked at, on the clock of the watchers. */
  checkedAt = 0;
  /** Some install_if may be complete now. */
  recheckInstallIf = false;
  /** An install_if waits for the decision that the name is absent. */
  awaited = false;
  hasTriggered = false;
  /** No provider can be triggered by its install_if any more. */
  noInstallIf = false;
  hasAutoSelectable = false;
  /** There is one possible outcome, and nobody can ask for more. */
  resolveNow = false;
  /** In which queue of undecided names it stands; see {@link Undecided}. */
  queue: "certain" | "selectable" | "rest" | undefined;
  /** Something in the list of changes provides it. */
  inChanges = false;

  constructor(records: RecordSource, id: number, text?: string) {
    this.#records = records;
    this.id = id;
    this.#text = text;
  }

  get text(): string {
    return (this.#text ??= this.#records.textOf(this.id));
  }

  /** In load order; a package that provides the name more than once is there as often. */
  get providers(): readonly Provider[] {
    return (this.#providers ??= this.#records.providersOf(this.id));
  }

  /** What most dependencies on the name are: it, whatever its version. */
  get anyVersion(): Dependency {
    return (this.#anyVersion ??= { name: this.text, conflict: false, operator: "", version: "", tag: "" });
  }

  get isWanted(): boolean {
    return this.requirers > 0 || this.hasTriggered || this.awaited;
  }
}

/** Why a package cannot be chosen any more. */
export type Rejection =
  | { readonly kind: "constraint"; readonly by: Package | undefined; readonly dependency: Dependency }
  | { readonly kind: "depends"; readonly dependency: Dependency }
  | { readonly kind: "taken"; readonly name: Name; readonly chosen: Package | undefined }
  | { readonly kind: "excluded"; readonly provided: Name; readonly wanted: Name };

/** What does not change about a package. */
export interface PackageFacts {
  readonly priority: number;
  /** Of the first repository that has it; -1 when none does. */
  readonly repositoryIndex: number;
  /** Tags of all repositories that have it, and the one under which it is installed, as bits; bit 0 is for the untagged. */
  readonly tags: number;
  /** There is nothing to lay down: it need not come from anywhere. */
  readonly isEmpty: boolean;
  /** Its record in the installed database, if it is installed. */
  readonly installed: InstalledRecord | undefined;
  /** Its architecture fits and its record can be understood. */
  readonly isInstallable: boolean;
}

const everyTag = ~0;

/** A package of some repository, or an installed one, and what a search knows about it. */
export class Package implements PackageFacts {
  readonly number: number;
  readonly name: Name;
  readonly priority: number;
  readonly repositoryIndex: number;
  readonly tags: number;
  readonly isEmpty: boolean;
  readonly installed: InstalledRecord | undefined;
  readonly isInstallable: boolean;
  readonly #records: RecordSource;
  #version: string | undefined;
  #depends: readonly Constraint[] | undefined;
  #installIf: readonly Constraint[] | undefined;
  #provides: readonly Provide[] | undefined;
  /** It can still be chosen. */
  selectable: boolean;
  /** Why not, where the search ruled it out. */
  rejection: Rejection | undefined;
  /** How many constraints that were applied it does not fulfil. */
  conflicts = 0;
  /** Was among the candidates when its name was last reconsidered. */
  merged = false;
  triggered = false;
  installIfFailed: boolean;
  allowedTags = 1;
  preferredTags: number;
  /** What the user wants of it; see flags.ts. */
  flags = 0;
  /** Those of its flags that hold for what it depends on as well. */
  inheritedFlags = 0;
  /** Was chosen although it does not fit. */
  failed = false;
  inChanges = false;

  constructor(
    records: RecordSource,
    number: number,
    name: Name,
    facts: PackageFacts & { readonly isDiscovered: boolean },
  ) {
    this.#records = records;
    this.number = number;
    this.name = name;
    this.priority = facts.priority;
    this.repositoryIndex = facts.repositoryIndex;
    this.tags = facts.tags;
    this.isEmpty = facts.isEmpty;
    this.installed = facts.installed;
    this.preferredTags = facts.isEmpty ? everyTag : 1;
    this.isInstallable = facts.isInstallable;
    this.selectable = facts.isInstallable && facts.isDiscovered;
    this.installIfFailed = !records.hasInstallIf(number);
  }

  get version(): string {
    return (this.#version ??= this.#records.versionOf(this.number));
  }

  get depends(): readonly Constraint[] {
    return (this.#depends ??= this.#records.dependsOf(this.number));
  }

  get installIf(): readonly Constraint[] {
    return (this.#installIf ??= this.#records.installIfOf(this.number));
  }

  get provides(): readonly Provide[] {
    return (this.#provides ??= this.#records.providesOf(this.number));
  }

  get identity(): string {
    return this.#records.identityOf(this.number);
  }

  /** From a repository whose tag its dependants allow; or it is here already, or comes from nowhere (A10.2). */
  get isTagAllowed(): boolean {
    return this.installed !== undefined || this.isEmpty || (this.tags & this.allowedTags) !== 0;
  }

  get isTagPreferred(): boolean {
    return (this.tags & this.preferredTags) !== 0;
  }

  /** Some repository has it. */
  get isAvailable(): boolean {
    return this.repositoryIndex >= 0;
  }

  get label(): string {
    return `${this.name.text}-${this.version}`;
  }
}
