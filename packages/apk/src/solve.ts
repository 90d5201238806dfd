import { compareBytes, type Reason } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { parseDependency } from "./dependency.ts";
import type { AvailablePackage, Repository } from "./repository.ts";
import { listChanges } from "./solver/changes.ts";
import { explain } from "./solver/explain.ts";
import { search } from "./solver/search.ts";
import { buildUniverse } from "./solver/universe.ts";

export interface SolveRequest {
  /** In the order of preference. */
  readonly repositories: readonly Repository[];
  /** Constraints as the user writes them, `name`, `name@tag`, `name>=version`, `!name`. */
  readonly world: readonly string[];
  /** apk's name; packages of other architectures cannot be chosen. Left out: any can. */
  readonly arch?: string;
}

/** What to install, in the order in which apk would; or why there is no such set. */
export type Solution =
  | { readonly ok: true; readonly install: readonly AvailablePackage[] }
  | { readonly ok: false; readonly reasons: readonly Reason[] };

/**
 * Resolves a world as `apk add` does in an empty root: same set, same order, same verdict.
 * @throws ApkError DEPENDENCY_MALFORMED for a constraint of the world that cannot be read
 */
export function solve({ repositories, world, arch }: SolveRequest): Solution {
  const universe = buildUniverse(repositories, sortWorld(world), arch);
  search(universe);
  const install = listChanges(universe.world);
  const reasons = explain(universe, install);
  return reasons.length === 0
    ? { ok: true, install: install.map(({ available }) => available) }
    : { ok: false, reasons };
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

/** By name without regard to case, then by bytes, as apk keeps its world; one line a constraint. */
function sortWorld(world: readonly string[]): string[] {
  const keyed = [...new Set(world)].map((text) => ({ text, name: parseDependency(text).name }));
  const order = (a: string, b: string): number => compareBytes(a.toLowerCase(), b.toLowerCase()) || compareBytes(a, b);
  return keyed.sort((a, b) => order(a.name, b.name) || compareBytes(a.text, b.text)).map(({ text }) => text);
}
