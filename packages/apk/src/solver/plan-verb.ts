import { parseDependency, type Dependency } from "../dependency.ts";
import type { InstalledRecord } from "../installed-package.ts";
import * as flags from "./flags.ts";
import { dependantsOf, providedNames } from "./installed-dependants.ts";
import type { AddVerb, FixVerb, RemoveVerb, UpgradeVerb, Verb } from "./verb.ts";
import { addToWorld, sortWorld } from "./world.ts";

/** What a verb asks of a search: the world that is wanted, and how the choice is to be made. */
export interface VerbPlan {
  /** Sorted as apk keeps it. */
  readonly world: readonly Dependency[];
  /** Flags of all that the world asks for, and of what that needs. */
  readonly worldFlags: number;
  /** Flags of names that were given. Names that are here are decided before others, even without a flag (A10.4). */
  readonly nameFlags: ReadonlyMap<string, flags.NameFlags>;
}

/** What there is to do it to. */
export interface VerbGround {
  readonly world: readonly string[];
  readonly installed: readonly InstalledRecord[];
  /** Some repository has a package that provides the name. */
  readonly isOffered: (name: string) => boolean;
}

/** What a verb means (A10.7). @throws ApkError APK_BAD_DEPENDENCY, APK_RESOLVE_LIMIT */
export function planVerb(verb: Verb, ground: VerbGround): VerbPlan {
  switch (verb.kind) {
    case "add":
      return planAdd(verb, ground);
    case "upgrade":
      return planUpgrade(verb, ground);
    case "remove":
      return planRemove(verb, ground);
    case "fix":
      return planFix(verb, ground);
  }
}

/** The names that must be known to somebody for the verb to mean something. */
export function namesMeant(verb: Verb): readonly string[] {
  switch (verb.kind) {
    case "add":
      return [];
    case "upgrade":
      return [...(verb.packages ?? []), ...(verb.ignore ?? [])];
    case "remove":
    case "fix":
      return verb.packages ?? [];
  }
}

function planAdd({ packages, upgrade, latest, virtual }: AddVerb, { world }: VerbGround): VerbPlan {
  const added = virtual === undefined ? packages : [`${virtual.name}=${virtual.version}`];
  const both = bits([upgrade, flags.upgradeFlag], [latest, flags.latestFlag]);
  return {
    world: sortWorld(addToWorld(world, added)),
    worldFlags: 0,
    nameFlags: flagsFor(
      added.map((text) => parseDependency(text).name),
      { own: both, inherited: both },
    ),
  };
}

function planUpgrade(verb: UpgradeVerb, { world, isOffered }: VerbGround): VerbPlan {
  const { packages = [], available, latest, prune, ignore = [] } = verb;
  const all = flags.upgradeFlag | bits([available, flags.availableFlag], [latest, flags.latestFlag]);
  const kept = sortWorld(world)
    .filter(({ name }) => prune !== true || isOffered(name))
    .map((dependency) => (available === true ? withoutIdentity(dependency) : dependency));
  return {
    world: kept,
    // That newer ones are preferred then holds for the names alone, without what they need.
    worldFlags: packages.length === 0 ? all : all & ~flags.upgradeFlag,
    nameFlags: new Map([
      ...flagsFor(packages, { own: flags.upgradeFlag, inherited: 0 }),
      ...flagsFor(ignore, { own: flags.ignoreFlag, inherited: 0 }),
    ]),
  };
}

/** A package that was added as a file may give way to any of its name. */
function withoutIdentity(dependency: Dependency): Dependency {
  return dependency.operator === "><" ? { ...dependency, operator: "", version: "" } : dependency;
}

function planRemove({ packages, dependants = false }: RemoveVerb, { world, installed }: VerbGround): VerbPlan {
  const asked = new Set(packages);
  const named = installed.filter(({ name }) => asked.has(name));
  const going = dependants ? [...named, ...dependantsOf(installed, named)] : named;
  const gone = new Set([...packages, ...going.flatMap((each) => (dependants ? providedNames(each) : each.name))]);
  return {
    world: sortWorld(world).filter(({ name }) => !gone.has(name)),
    worldFlags: 0,
    // What is not installed only leaves the world.
    nameFlags: flagsFor(
      going.map(({ name }) => name),
      { own: flags.removeFlag, inherited: 0 },
    ),
  };
}

function planFix({ packages, depends, reinstall, upgrade }: FixVerb, { world, installed }: VerbGround): VerbPlan {
  const wanted = bits([reinstall, flags.reinstallFlag], [upgrade, flags.upgradeFlag]);
  const own = wanted === 0 ? flags.reinstallFlag : wanted;
  const broken = installed.filter((record) => /[fs]/.test(record.flags)).map(({ name }) => name);
  return {
    world: sortWorld(world),
    worldFlags: 0,
    nameFlags: flagsFor(packages ?? broken, { own, inherited: depends === true ? own : 0 }),
  };
}

function bits(...choices: readonly (readonly [isWanted: boolean | undefined, flag: number])[]): number {
  return choices.reduce((all, [isWanted, flag]) => (isWanted === true ? all | flag : all), 0);
}

function flagsFor(names: readonly string[], nameFlags: flags.NameFlags): Map<string, flags.NameFlags> {
  return new Map(names.map((name) => [name, nameFlags]));
}
