import { formatDependency, type Dependency } from "../dependency.ts";
import type { Name, Package } from "./model.ts";
import type { Asker } from "./outcome.ts";
import type { Problem } from "./problems.ts";

/** `world[nginx>1.24]` or `nginx-1.24.0-r15[so:libz.so.1]`: who asks for what, as apk writes it. */
export function labelAsker({ by, constraint: { dependency } }: Asker): string {
  return labelWish(by, dependency);
}

/** What a chosen package is at odds with, in words that follow its name. */
export function labelProblems(problems: readonly Problem[]): string {
  const askers = problems.flatMap((problem) => (problem.kind === "unfit" ? problem.asker : []));
  const [excluding, wanting] = [true, false].map((conflict) =>
    askers.filter(({ constraint }) => constraint.dependency.conflict === conflict).map(labelAsker),
  );
  return [
    ...problems.flatMap(labelOwnProblem),
    ...labelList("is ruled out by", excluding),
    ...labelList("is not what is asked for by", wanting),
  ].join("; ");
}

function labelList(verb: string, items: readonly string[] = []): string[] {
  return items.length === 0 ? [] : [`${verb} ${listed(items)}`];
}

function labelOwnProblem(problem: Problem): string[] {
  switch (problem.kind) {
    case "broken":
      return [brokenLabel];
    case "tagged":
      return [taggedLabel];
    case "twice":
      return [`provides ${problem.name.text} more than once (${listed(problem.versions.map(labelVersion))})`];
    case "rival":
      return [
        `conflicts with ${problem.other.label} (only one can provide ${listed(problem.names.map(({ text }) => text))})`,
      ];
    case "unfit":
      return [];
  }
}

/** Why a package was not chosen, in words. */
export function labelRejection(candidate: Package): string {
  if (!candidate.isInstallable) return brokenLabel;
  const { rejection } = candidate;
  switch (rejection?.kind) {
    case "constraint":
      return `${rejection.dependency.conflict ? "is ruled out by" : "is not what is asked for by"} ${labelWish(rejection.by, rejection.dependency)}`;
    case "depends":
      return labelUnmet(candidate, rejection.dependency);
    case "taken":
      return labelTaken(candidate, rejection.name, rejection.chosen);
    case "excluded":
      return `provides ${rejection.provided.text}, which belongs to whatever provides ${rejection.wanted.text}`;
    case undefined:
      return candidate.isTagAllowed ? "would do, but another one is better" : taggedLabel;
  }
}

function labelTaken(candidate: Package, name: Name, winner: Package | undefined): string {
  if (winner === undefined) return `was not needed when ${name.text} was decided`;
  if (winner.name === candidate.name) return `${winner.label} was chosen instead`;
  return `conflicts with ${winner.label}, which was chosen for ${name.text}`;
}

const brokenLabel = "is for another architecture, or its record has something that cannot be understood";
const taggedLabel = "its repository is tagged, and the tag was not asked for";

/** What the candidate needs and cannot have: because there is none, none that fits, or because all that fit are ruled out. */
function labelUnmet({ depends }: Package, dependency: Dependency): string {
  const wanted = formatDependency(dependency);
  const name = depends.find((depend) => depend.dependency === dependency)?.name;
  if (dependency.conflict) return `excludes ${wanted.slice(1)}, which is chosen`;
  if (name === undefined || name.providers.length === 0) return `needs ${wanted}, and nothing provides that`;
  return `needs ${wanted}, and no provider of that can be chosen here (${listed(providerLabels(name))})`;
}

function providerLabels({ providers }: Name): string[] {
  return [...new Set(providers.map(({ package: provider }) => provider.label))];
}

function labelWish(by: Package | undefined, dependency: Dependency): string {
  return `${by?.label ?? "world"}[${formatDependency(dependency)}]`;
}

function labelVersion(version: string): string {
  return version === "" ? "without a version" : version;
}

const mostListed = 4;

/** The first few of a list, and how many more there are. */
export function listed(items: readonly string[]): string {
  const more = items.length - mostListed;
  return more > 1 ? `${items.slice(0, mostListed).join(", ")} and ${more} more` : items.join(", ");
}
