import { compareBytes, suggestName } from "@apkmill/core";
import { formatDependency, type Dependency } from "../dependency.ts";
import { compareVersions } from "../version.ts";
import { fulfils } from "./fulfils.ts";
import { listed } from "./labels.ts";
import type { Lineage } from "./lineage.ts";
import type { Constraint, Name, Package } from "./model.ts";
import type { Asker, Outcome } from "./outcome.ts";
import type { Problem } from "./problems.ts";

/** What would come nearest to what was asked for? One sentence a reason, or none where there is nothing better to say. */

/** For a chosen package: the nearest version that there is, or what of the world to leave out. */
export function adviseAtOdds(lineage: Lineage, chosen: Package, problems: readonly Problem[]): string | undefined {
  const tagged = problems.some(({ kind }) => kind === "tagged");
  if (tagged) return `ask for ${chosen.name.text}@TAG, with the tag of its repository`;
  const askers = problems.flatMap((problem) => (problem.kind === "unfit" ? problem.asker : []));
  const [hopeless] = askers.filter(({ constraint }) => isHopeless(constraint));
  if (hopeless !== undefined) return adviseVersion(hopeless.constraint);
  const roots = problems.flatMap((problem) => opponentRoots(lineage, problem));
  const own = lineage.rootOf(chosen);
  const all = [...new Set([...(own === undefined ? [] : [own]), ...roots])].sort(compareBytes);
  if (all.length < 2) return own === undefined ? undefined : `${own} cannot be had from these repositories`;
  return `leave out ${all.length === 2 ? all.join(" or ") : `one of ${listed(all)}`}`;
}

/** For a name that nothing chosen provides. */
export function adviseMissing(outcome: Outcome, { text, providers }: Name): string | undefined {
  if (providers.length === 0) return suggestName(text, outcome.offeredNames(), "add a repository that has it");
  const labels = [...new Set(providers.map(({ package: provider }) => provider.name.text))];
  return `ask for one of its providers as well: ${listed(labels)}`;
}

/** No package that there is, chosen or not, is what the constraint asks for. */
function isHopeless({ name, dependency }: Constraint): boolean {
  return !dependency.conflict && !name.providers.some((provider) => fulfils(dependency, provider, undefined));
}

function adviseVersion({ name, dependency }: Constraint): string {
  const versions = name.providers.map(({ version }) => version).filter((version) => version !== "");
  const near = nearestVersions(dependency, [...new Set(versions)].sort(compareVersions));
  if (near.length === 0) return `nothing provides ${name.text} with a version: ask for it without one`;
  const labels = near.map((version) => `${name.text}=${version}`);
  return `nothing is ${formatDependency(dependency)}; the nearest that there is: ${labels.join(", ")}`;
}

/** Where too old ones are asked for, the oldest; where too new ones, the newest; for one version its neighbours. */
function nearestVersions({ operator, version: wanted }: Dependency, sorted: readonly string[]): string[] {
  if (operator.includes("<")) return sorted.slice(0, 1);
  if (operator.includes(">")) return sorted.slice(-1);
  const older = sorted.filter((version) => compareVersions(version, wanted) <= 0).slice(-1);
  const newer = sorted.filter((version) => compareVersions(version, wanted) > 0).slice(0, 1);
  return [...older, ...newer];
}

function opponentRoots(lineage: Lineage, problem: Problem): string[] {
  switch (problem.kind) {
    case "rival":
      return rootsOf(lineage, problem.other);
    case "unfit":
      return rootOfAsker(lineage, problem.asker);
    case "broken":
    case "tagged":
    case "twice":
      return [];
  }
}

function rootsOf(lineage: Lineage, chosen: Package): string[] {
  const root = lineage.rootOf(chosen);
  return root === undefined ? [] : [root];
}

function rootOfAsker(lineage: Lineage, asker: Asker): string[] {
  return asker.by === undefined ? [formatDependency(asker.constraint.dependency)] : rootsOf(lineage, asker.by);
}
