import { compareBytes } from "@apkmill/core";
import { parseDependency, type StoredPackage } from "@apkmill/apk";

/**
 * Which layer stands on which?
 *
 * A registry stores layers by content and does not care. A host unpacks a layer anew when one below it is another, so what
 * changes often belongs on top. What is known of that:
 *
 * 1. What was drawn in as a dependency changes less often than what the configuration names: the user's application is there.
 * 2. What has not changed for long will not for long. So the layer with the oldest build time comes first; a package that
 *    is built anew moves to the top of its part once, and stands there when it changes again (move to front, which is never
 *    worse than twice the best order). A package that does not say when it was built was most likely built here: last.
 * 3. By name.
 *
 * Each rule looks at the package alone, so that no other layer moves when one is added or changed. Install order would not do:
 * it follows from what all the others depend on.
 */
interface Group {
  readonly packages: readonly number[];
}

interface Rank {
  readonly isAsked: boolean;
  /** Seconds since the epoch. */
  readonly built: number;
  readonly name: string;
}

/** `groups` in the order of their layers. */
export function orderGroups<One extends Group>(
  groups: readonly One[],
  packages: readonly StoredPackage[],
  asked: ReadonlySet<string>,
): One[] {
  return groups
    .map((group) => ({ group, rank: rankOf(group, packages, asked) }))
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .map(({ group }) => group);
}

/** Names that a world asks for, whether of packages or of what they provide. */
export function askedNames(world: readonly string[]): ReadonlySet<string> {
  return new Set(world.map((text) => parseDependency(text).name));
}

/** True when the world names the package, or something that it provides. */
export function isAskedFor(stored: StoredPackage | undefined, asked: ReadonlySet<string>): boolean {
  if (stored === undefined) return false;
  const { name, provides } = stored.control;
  return asked.has(name) || provides.some((text) => asked.has(text.replace(/[=<>~@].*$/s, "")));
}

/** Orders indexes of packages by the packages' names. */
export function byName(packages: readonly StoredPackage[]): (a: number, b: number) => number {
  return (a, b) => compareBytes(packages[a]?.control.name ?? "", packages[b]?.control.name ?? "") || a - b;
}

function rankOf({ packages: members }: Group, packages: readonly StoredPackage[], asked: ReadonlySet<string>): Rank {
  return {
    isAsked: members.some((index) => isAskedFor(packages[index], asked)),
    built: Math.max(...members.map((index) => packages[index]?.control.buildTime || Infinity)),
    name: packages[members[0] ?? -1]?.control.name ?? "",
  };
}

function compareRanks(a: Rank, b: Rank): number {
  if (a.isAsked !== b.isAsked) return a.isAsked ? 1 : -1;
  if (a.built !== b.built) return a.built < b.built ? -1 : 1;
  return compareBytes(a.name, b.name);
}
