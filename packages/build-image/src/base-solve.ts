import { solve, solveAll, type AvailablePackage, type Repository } from "@apkmill/apk";
import { isEngineError } from "@apkmill/core";
import { changedBase } from "./base-error.ts";
import type { BaseImage } from "./base-image.ts";

type PerArch = ReadonlyMap<string, readonly Repository[]>;
type Bases = ReadonlyMap<string, BaseImage>;

/**
 * The packages to add to the base images, in install order. What a base has stays as it is: layers only add.
 * @throws ImageError IMAGE_BASE_CHANGED when only another base would do, with what it would have to have · ApkError APK_UNSATISFIABLE
 */
export function solveOnBase(
  perArch: PerArch,
  world: readonly string[],
  bases: Bases,
): ReadonlyMap<string, readonly AvailablePackage[]> {
  const installed = new Map([...bases].map(([arch, { root }]) => [arch, root.packages]));
  const solved = tryToSolve(perArch, world, installed);
  if (!(solved instanceof Error) && [...solved].every(([arch, added]) => isAddedOnly(added, bases.get(arch))))
    return solved;
  const reasons = isEngineError(solved) ? solved.reasons : [];
  for (const [arch, repositories] of perArch) {
    const change = firstChange(arch, repositories, world, bases.get(arch));
    if (change !== undefined) throw changedBase(change, reasons);
  }
  if (solved instanceof Error && tryToSolve(perArch, world) instanceof Error) throw solved;
  const names = reasons.map(({ constraint, package: name }) => constraint ?? name ?? "");
  throw changedBase(`${world.join(" ")} cannot be beside what it has: ${names.join(", ")}`, reasons);
}

function tryToSolve(...request: Parameters<typeof solveAll>): ReturnType<typeof solveAll> | Error {
  try {
    return solveAll(...request);
  } catch (error) {
    if (isEngineError(error) && error.code === "APK_UNSATISFIABLE") return error;
    throw error;
  }
}

function isAddedOnly(added: readonly AvailablePackage[], base: BaseImage | undefined): boolean {
  const names = new Set(base?.root.packages.map(({ name }) => name));
  return added.every(({ record }) => !names.has(record.name));
}

/** What a package manager would do to the base, if it could. */
function firstChange(
  arch: string,
  repositories: readonly Repository[],
  world: readonly string[],
  base: BaseImage | undefined,
): string | undefined {
  const installed = base?.root.packages ?? [];
  const solution = solve({ repositories, arch, installed, world: [...installed.map(({ name }) => name), ...world] });
  const change = solution.ok ? solution.changes.find(({ kind }) => kind !== "install" && kind !== "repin") : undefined;
  if (change === undefined || change.kind === "install" || change.kind === "repin") return undefined;
  const { name, version } = change.previous;
  const instead = change.kind === "remove" ? "it would have to go" : `${change.package.record.version} is needed`;
  return `${arch}: ${base?.name ?? ""} has ${name}-${version}, and for ${world.join(" ")} ${instead}`;
}
