import { isMatch, parseDependency, type Dependency } from "../dependency.ts";
import type { AvailablePackage, Repository } from "../repository.ts";
import { murmur3 } from "./murmur3.ts";

/**
 * Every name and package that the repositories mention, linked to each other, with the solver's state beside them.
 * A name is anything that can be depended on: a package, a virtual name, a file or a shared object.
 */
export interface Name {
  readonly text: string;
  /** In load order: repositories as given, records as listed; a package's own name before what it provides. */
  readonly providers: Provider[];
  /** Names of which some provider depends on this one; in the order of apk's table. */
  readonly dependants: Set<Name>;
  /** Names of which some provider has this one in its install_if; in the order of apk's table. */
  readonly installIfDependants: Set<Name>;
  // State of one search.
  seen: boolean;
  orderId: number;
  /** How many applied constraints want this name. */
  requirers: number;
  locked: boolean;
  /** The provider that was chosen, once locked; undefined when none is wanted. */
  chosen: Provider | undefined;
  dirty: boolean;
  recheckDepends: boolean;
  recheckInstallIf: boolean;
  hasTriggered: boolean;
  hasAutoSelectable: boolean;
  resolveNow: boolean;
  mergedDepends: number;
  mergedProvides: number;
  failed: boolean;
}

/** One package that provides one name. `version` is "" for a provide without one. */
export interface Provider {
  readonly package: Package;
  readonly version: string;
}

export interface Package {
  readonly available: AvailablePackage;
  readonly name: Name;
  readonly version: string;
  readonly depends: readonly Bound[];
  readonly provides: readonly { readonly name: Name; readonly version: string }[];
  readonly installIf: readonly Bound[];
  readonly priority: number;
  readonly repositoryIndex: number;
  /** Tags of the repositories that hold it, as bits; bit 0 is the untagged ones. */
  tags: number;
  // State of one search.
  seen: boolean;
  selectable: boolean;
  conflicts: number;
  /** Was among the candidates when its name was last reconsidered. */
  merged: boolean;
  dependsApplied: boolean;
  triggered: boolean;
  installIfFailed: boolean;
  allowedTags: number;
  preferredTags: number;
  failed: boolean;
  recorded: boolean;
}

/** A dependency whose name was looked up. */
export interface Bound {
  readonly name: Name;
  readonly dependency: Dependency;
}

export interface Universe {
  readonly names: ReadonlyMap<string, Name>;
  readonly world: readonly Bound[];
  /** Bit of a pinning tag; undefined for a tag that no repository has. */
  readonly tagBit: (tag: string) => number | undefined;
}

const tableSize = 20_000;
const seed = 5381;

/** Reads the world and every record, and links them. The world's names come first, as apk mentions them first. */
export function buildUniverse(
  repositories: readonly Repository[],
  world: readonly string[],
  arch: string | undefined,
): Universe {
  const names = new Map<string, Name>();
  // The same few thousand dependencies are stated a hundred thousand times.
  const known = new Map<string, Bound>();
  const bind = (text: string): Bound => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const dependency = parseDependency(text);
    const bound = { name: nameOf(names, dependency.name), dependency };
    known.set(text, bound);
    return bound;
  };
  const bound = world.map(bind);
  const tags = ["", ...new Set(repositories.map(({ tag }) => tag).filter((tag) => tag !== ""))];
  const packages = new Map<string, Package>();
  repositories.forEach((repository, repositoryIndex) => {
    const bit = 1 << tags.indexOf(repository.tag);
    for (const record of repository.records) {
      const listed = packages.get(record.checksum);
      if (listed !== undefined) listed.tags |= bit;
      else
        packages.set(record.checksum, addPackage(names, bind, { record, repository }, { repositoryIndex, bit, arch }));
    }
  });
  linkDependants(names);
  return { names, world: bound, tagBit: (tag) => (tags.includes(tag) ? 1 << tags.indexOf(tag) : undefined) };
}

function addPackage(
  names: Map<string, Name>,
  bind: (text: string) => Bound,
  available: AvailablePackage,
  {
    repositoryIndex,
    bit,
    arch,
  }: { readonly repositoryIndex: number; readonly bit: number; readonly arch: string | undefined },
): Package {
  const { record } = available;
  const name = nameOf(names, record.name);
  const depends = bindAll(record.depends, bind);
  // A broken item in install_if drops the whole list, one in depends makes the package uninstallable (A4).
  const installIf = bindAll(record.installIf, bind);
  const added: Package = {
    available,
    name,
    version: record.version,
    depends: depends.bound,
    provides: record.provides.map((text) => bindProvide(names, text)),
    installIf: installIf.broken ? [] : installIf.bound,
    priority: record.providerPriority,
    repositoryIndex,
    tags: bit,
    seen: false,
    selectable:
      !depends.broken &&
      record.problem === undefined &&
      (arch === undefined || record.arch === arch || record.arch === "noarch"),
    conflicts: 0,
    merged: false,
    dependsApplied: false,
    triggered: false,
    installIfFailed: false,
    allowedTags: 1,
    preferredTags: 1,
    failed: false,
    recorded: false,
  };
  name.providers.push({ package: added, version: record.version });
  for (const provide of added.provides) provide.name.providers.push({ package: added, version: provide.version });
  return added;
}

/** `name` or `name=version`. apk keeps a provide whose version is not one, with a warning: it still takes the name. */
function bindProvide(names: Map<string, Name>, text: string): { name: Name; version: string } {
  const [, name = text, version = ""] = /^([^=<>~@]+)(?:=(.*))?$/.exec(text) ?? [];
  return { name: nameOf(names, name), version };
}

function bindAll(texts: readonly string[], bind: (text: string) => Bound): { bound: Bound[]; broken: boolean } {
  const bound: Bound[] = [];
  let broken = false;
  for (const text of texts) {
    try {
      bound.push(bind(text));
    } catch {
      broken = true;
    }
  }
  return { bound, broken };
}

function nameOf(names: Map<string, Name>, text: string): Name {
  const known = names.get(text);
  if (known !== undefined) return known;
  const added: Name = {
    text,
    providers: [],
    dependants: new Set(),
    installIfDependants: new Set(),
    seen: false,
    orderId: 0,
    requirers: 0,
    locked: false,
    chosen: undefined,
    dirty: false,
    recheckDepends: false,
    recheckInstallIf: false,
    hasTriggered: false,
    hasAutoSelectable: false,
    resolveNow: false,
    mergedDepends: 0,
    mergedProvides: 0,
    failed: false,
  };
  names.set(text, added);
  return added;
}

/** Walks the names as apk walks its table: by bucket, and within a bucket the newest first (A10.8). */
function linkDependants(names: ReadonlyMap<string, Name>): void {
  const buckets = Array.from({ length: tableSize }, (): Name[] => []);
  for (const name of names.values()) buckets[murmur3(name.text, seed) % tableSize]?.push(name);
  for (const bucket of buckets) {
    for (const name of bucket.reverse()) {
      for (const { package: provider } of name.providers) {
        for (const depend of provider.depends) depend.name.dependants.add(name);
        for (const condition of provider.installIf) condition.name.installIfDependants.add(name);
      }
    }
  }
}

/** Does this provider fulfil the dependency? A conflict is fulfilled by what does not match it, and by the package that states it. */
export function fulfils({ dependency }: Bound, provider: Provider, by: Package | undefined): boolean {
  const matches =
    dependency.operator === "><"
      ? provider.package.available.record.checksum === dependency.version
      : isMatch(dependency, provider.version);
  return dependency.conflict ? provider.package === by || !matches : matches;
}
