import type { Reason } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { parseDependency } from "./dependency.ts";
import type { InstalledRecord } from "./installed-package.ts";
import type { AvailablePackage, Repository } from "./repository.ts";
import { laidDown, type Change } from "./solver/change.ts";
import { listChanges, type Changes } from "./solver/changes.ts";
import { compileLate } from "./solver/compile-late.ts";
import { describeChanges } from "./solver/describe-changes.ts";
import { discover } from "./solver/discover.ts";
import { explain } from "./solver/explain.ts";
import { listKept, type Kept } from "./solver/kept.ts";
import type { Constraint } from "./solver/model.ts";
import { isOffered, openOrigins, type Origins } from "./solver/origins.ts";
import { describeOutcome } from "./solver/outcome.ts";
import { planVerb, type VerbPlan } from "./solver/plan-verb.ts";
import { refusalsOf } from "./solver/refuse.ts";
import { search } from "./solver/search.ts";
import { SearchState } from "./solver/search-state.ts";
import { Universe } from "./solver/universe.ts";
import type { Verb } from "./solver/verb.ts";
import { offerVirtual } from "./solver/virtual-package.ts";
import { formatWorld } from "./solver/world.ts";

export { addToWorld } from "./solver/world.ts";

export interface SolveRequest {
  /** In the order of preference. */
  readonly repositories: readonly Repository[];
  /**
   * Constraints as the user writes them, `name`, `name@tag`, `name>=version`, `!name`; of two for one name the last one holds.
   * With a verb: the world before it. Without: what is wanted, as if all of it were added to an empty world.
   */
  readonly world: readonly string[];
  /** apk's name; packages of other architectures cannot be chosen. Left out: any can. */
  readonly arch?: string | undefined;
  /** What is installed, in the order of its database. Left out: nothing. */
  readonly installed?: readonly InstalledRecord[] | undefined;
  /** What to do to the world. */
  readonly verb?: Verb | undefined;
  /** Bound of the work, in providers looked at; the largest real request needs some hundred thousand. */
  readonly maxSteps?: number;
}

/** What to do, and what to have afterwards; or why there is no such set. */
export type Solution = Solved | { readonly ok: false; readonly reasons: readonly Reason[] };

export interface Solved {
  readonly ok: true;
  /** The packages to lay down, in the order in which apk would. */
  readonly install: readonly AvailablePackage[];
  /** All that apk would do, in its order. */
  readonly changes: readonly Change[];
  /** The world afterwards, as apk writes it. */
  readonly world: readonly string[];
  /** What was to be removed, and is needed by what stays. */
  readonly kept: readonly Kept[];
}

const defaultMaxSteps = 20_000_000;

/**
 * Resolves a world as apk does, in an empty root or on what is installed: same set, same order, same verdict.
 * @throws ApkError APK_BAD_DEPENDENCY for a constraint of the world that cannot be read; APK_RESOLVE_LIMIT for repositories
 *   that cannot be resolved in bounded time; INDEX_FORMAT
 */
export function solve(request: SolveRequest): Solution {
  const { world, installed = [], verb, maxSteps = defaultMaxSteps } = request;
  const asked = verb ?? { kind: "add", packages: world };
  const before = verb === undefined ? [] : world;
  const origins = openOrigins({
    repositories: offerVirtual(request.repositories, asked),
    installed,
    arch: request.arch,
    world: before.map((text) => parseDependency(text)),
  });
  const plan = planVerb(asked, { world: before, installed, isOffered: (name) => isOffered(origins, name) });
  const refused = refusalsOf(origins, asked, plan);
  if (refused.length > 0) return { ok: false, reasons: refused };
  const universe = openUniverse(origins, plan);
  const constraints = plan.world.map((dependency) => ({ name: universe.nameOf(dependency.name), dependency }));
  const state = new SearchState(universe, { tagBitOf: origins.tagBitOf, worldFlags: plan.worldFlags, maxSteps });
  compileLate(() => {
    search(state, constraints);
  });
  const changes = listChanges(state, origins, constraints);
  return changes.complete && !state.hasFailed
    ? describeSolution(origins, asked, { universe, changes, constraints })
    : { ok: false, reasons: explain(describeOutcome(constraints, changes, origins.catalog)) };
}

interface Found {
  readonly universe: Universe;
  readonly constraints: readonly Constraint[];
  readonly changes: Changes;
}

function describeSolution(origins: Origins, verb: Verb, { universe, constraints, changes }: Found): Solved {
  const described = describeChanges(origins, changes.steps);
  const removed = verb.kind === "remove" ? verb.packages.map((name) => universe.nameOf(name)) : [];
  return {
    ok: true,
    install: described.flatMap((change) => laidDown(change) ?? []),
    changes: described,
    world: formatWorld(constraints.map(({ dependency }) => dependency)),
    kept: listKept(removed, changes.install, constraints),
  };
}

/** The packages of a solution. @throws ApkError APK_UNSATISFIABLE with the reasons */
export function requireSolution(solution: Solution): readonly AvailablePackage[] {
  return requireSolved(solution).install;
}

/** What a solution asks for. @throws ApkError APK_UNSATISFIABLE with the reasons */
export function requireSolved(solution: Solution): Solved {
  if (solution.ok) return solution;
  const names = solution.reasons.map(({ constraint, package: name }) => constraint ?? name ?? "");
  throw new ApkError("APK_UNSATISFIABLE", `no set of packages satisfies the request: ${names.join(", ")}`, {
    reasons: solution.reasons,
    hint: "the reasons name who asks for what; add a repository that has it, or ask for less",
  });
}

/** All that the world can reach; names that were given come first when it is decided. */
function openUniverse(origins: Origins, { world, nameFlags }: VerbPlan): Universe {
  const { catalog } = origins;
  const idsOf = (names: readonly string[]): number[] =>
    names.map((name) => catalog.names.find(name)).filter((id) => id >= 0);
  const roots = idsOf(world.map(({ name }) => name));
  const universe = new Universe(origins, discover(catalog, { roots, asked: new Set(idsOf([...nameFlags.keys()])) }));
  for (const [name, { own, inherited }] of nameFlags) {
    for (const { package: provider } of own === 0 ? [] : universe.nameOf(name).providers) {
      provider.flags |= own;
      provider.inheritedFlags |= inherited;
    }
  }
  return universe;
}
