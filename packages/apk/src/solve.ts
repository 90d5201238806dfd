import { compareBytes, type Reason } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { parseDependency, type Dependency } from "./dependency.ts";
import type { AvailablePackage } from "./repository.ts";
import { listChanges } from "./solver/changes.ts";
import { discover } from "./solver/discover.ts";
import { explain } from "./solver/explain.ts";
import { openOrigins, recordOf, type Origins, type SearchableRepository } from "./solver/origins.ts";
import { describeOutcome } from "./solver/outcome.ts";
import { search } from "./solver/search.ts";
import { SearchState } from "./solver/search-state.ts";
import { Universe } from "./solver/universe.ts";

export interface SolveRequest {
  /** In the order of preference. */
  readonly repositories: readonly SearchableRepository[];
  /** Constraints as the user writes them, `name`, `name@tag`, `name>=version`, `!name`; of two for one name the last one holds. */
  readonly world: readonly string[];
  /** apk's name; packages of other architectures cannot be chosen. Left out: any can. */
  readonly arch?: string;
  /** Bound of the work, in providers looked at; the largest real request needs some hundred thousand. */
  readonly maxSteps?: number;
}

/** What to install, in the order in which apk would; or why there is no such set. */
export type Solution =
  | { readonly ok: true; readonly install: readonly AvailablePackage[] }
  | { readonly ok: false; readonly reasons: readonly Reason[] };

const defaultMaxSteps = 20_000_000;

/**
 * Resolves a world as `apk add` does in an empty root: same set, same order, same verdict.
 * @throws ApkError APK_BAD_DEPENDENCY for a constraint of the world that cannot be read; APK_RESOLVE_LIMIT for repositories
 *   that cannot be resolved in bounded time; INDEX_FORMAT
 */
export function solve({ repositories, world, arch, maxSteps = defaultMaxSteps }: SolveRequest): Solution {
  const origins = openOrigins(repositories, arch);
  const asked = sortWorld(world);
  const universe = openUniverse(origins, asked);
  const constraints = asked.map((dependency) => ({ name: universe.nameOf(dependency.name), dependency }));
  const state = new SearchState(universe, { tagBitOf: origins.tagBitOf, maxSteps });
  search(state, constraints);
  const changes = listChanges(universe, constraints);
  return changes.complete && !state.hasFailed
    ? { ok: true, install: changes.install.map(({ number }) => recordOf(origins, repositories, number)) }
    : { ok: false, reasons: explain(describeOutcome(constraints, changes)) };
}

/** The packages of a solution. @throws ApkError APK_UNSATISFIABLE with the reasons */
export function requireSolution(solution: Solution): readonly AvailablePackage[] {
  if (solution.ok) return solution.install;
  const names = solution.reasons.map(({ constraint, package: name }) => constraint ?? name ?? "");
  throw new ApkError("APK_UNSATISFIABLE", `no set of packages satisfies the request: ${names.join(", ")}`, {
    reasons: solution.reasons,
    hint: "the reasons name who asks for what; add a repository that has it, or ask for less",
  });
}

/** The world after `apk add`: of several arguments for one name the last one holds, and takes the place of what was there. */
export function addToWorld(world: readonly string[], added: readonly string[]): string[] {
  return [...new Map([...world, ...added].map((text) => [parseDependency(text).name, text])).values()];
}

/** By name without regard to case, then by bytes, as apk keeps its world; one constraint a name. */
function sortWorld(world: readonly string[]): Dependency[] {
  const order = (a: string, b: string): number => compareBytes(a.toLowerCase(), b.toLowerCase()) || compareBytes(a, b);
  return addToWorld([], world)
    .map((text) => parseDependency(text))
    .sort((a, b) => order(a.name, b.name));
}

/** All that the world can reach; its names come first when it is decided. */
function openUniverse(origins: Origins, world: readonly Dependency[]): Universe {
  const { catalog } = origins;
  const roots = world.map(({ name }) => catalog.names.find(name)).filter((id) => id >= 0);
  return new Universe(origins, discover(catalog, { roots, asked: new Set(roots) }));
}
