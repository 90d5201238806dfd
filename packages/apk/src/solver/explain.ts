import type { Reason } from "@apkmill/core";
import { formatDependency } from "../dependency.ts";
import { isAutoSelectable, isTagAllowed } from "./choose.ts";
import { fulfils, type Bound, type Name, type Package, type Universe } from "./universe.ts";

/**
 * Why is this not a solution? One reason for each name that is wanted and has no provider, and for each chosen package that cannot
 * be installed; none when all is well. The packages that ask are those of the (failed) solution, and the world.
 */
export function explain(universe: Universe, chosen: readonly Package[]): Reason[] {
  const askers = [
    { label: "world", wants: universe.world },
    ...chosen.map((by) => ({ label: labelOf(by), by, wants: by.depends })),
  ];
  const reasons = new Map<Name | Package, Reason>();
  for (const { wants, ...asker } of askers) {
    const by = "by" in asker ? asker.by : undefined;
    for (const want of wants) {
      const culprit = culpritOf(want, by);
      if (culprit === undefined || reasons.has(culprit)) continue;
      reasons.set(culprit, describe(want, culprit, askersOf(want.name, askers)));
    }
  }
  for (const failed of chosen.filter((candidate) => candidate.failed && !reasons.has(candidate))) {
    reasons.set(failed, {
      package: labelOf(failed),
      requiredBy: askersOf(failed.name, askers),
      candidates: rejections(failed.name),
      note: "conflicts with another chosen package",
    });
  }
  return [...reasons.values()];
}

interface Asker {
  readonly label: string;
  readonly wants: readonly Bound[];
}

/** The name that nothing provides, or the package that does not fit; undefined when the want is met. */
function culpritOf(want: Bound, by: Package | undefined): Name | Package | undefined {
  const { name, dependency } = want;
  if (name.chosen === undefined) return dependency.conflict ? undefined : name;
  return fulfils(want, name.chosen, by) && !name.chosen.package.failed ? undefined : name.chosen.package;
}

function describe(want: Bound, culprit: Name | Package, requiredBy: readonly string[]): Reason {
  const candidates = rejections(want.name);
  const constraint = formatDependency(want.dependency);
  if ("version" in culprit) return { constraint, package: labelOf(culprit), requiredBy, candidates };
  return {
    constraint,
    requiredBy,
    candidates,
    note: candidates.length === 0 ? "no such package" : "please name one of its providers",
  };
}

function askersOf(name: Name, askers: readonly Asker[]): string[] {
  return askers.flatMap(({ label, wants }) =>
    wants.filter((want) => want.name === name).map(({ dependency }) => `${label}[${formatDependency(dependency)}]`),
  );
}

/** Why each provider of the name fell out. */
function rejections(name: Name): { version: string; rejected: string }[] {
  return name.providers.map((provider) => ({
    version: labelOf(provider.package),
    rejected: rejectionOf(provider.package, isAutoSelectable(provider)),
  }));
}

function rejectionOf(candidate: Package, autoSelectable: boolean): string {
  const broken = candidate.depends.find(
    ({ name, dependency }) =>
      !dependency.conflict && !name.providers.some((provider) => isMatchOf({ name, dependency }, provider.version)),
  );
  if (broken !== undefined) return `it needs ${formatDependency(broken.dependency)}, which no package provides`;
  if (candidate.conflicts > 0) return "another constraint excludes it";
  if (!isTagAllowed(candidate)) return "its repository is pinned by a tag that was not asked for";
  if (!candidate.selectable) return "another chosen package takes its place";
  return autoSelectable
    ? "it was chosen, but does not fit what else is asked for"
    : "it is not chosen unasked: name it explicitly";
}

function isMatchOf(want: Bound, version: string): boolean {
  return want.name.providers.some((provider) => provider.version === version && fulfils(want, provider, undefined));
}

function labelOf({ name, version }: Package): string {
  return `${name.text}-${version}`;
}
