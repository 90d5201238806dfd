import type { Reason } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { isCommon, nameLeftAside, offersOf } from "./left-aside.ts";
import type { InstalledRecord } from "./installed-package.ts";
import type { AvailablePackage, Repository } from "./repository.ts";
import { addToWorld, requireSolution, solve, type SolveRequest } from "./solve.ts";
import { narrow } from "./solver/narrow.ts";

/**
 * Resolves one world for several architectures, with one version of each package that more than one of them gets: an image
 * whose platforms differ in versions is not one image. Versions that some architecture lacks are left aside first, as apko
 * does; a package that another architecture does not have at all is not held against this one.
 *
 * `installed` says what each architecture has already: packages that stay in these versions, unless the world asks for another.
 * @throws ApkError APK_UNSATISFIABLE with the reasons; they name the versions that were left aside
 */
export function solveAll(
  perArch: ReadonlyMap<string, readonly Repository[]>,
  world: readonly string[],
  installed: ReadonlyMap<string, readonly InstalledRecord[]> = new Map(),
): Map<string, readonly AvailablePackage[]> {
  const requestOf = (arch: string, repositories: readonly Repository[]): SolveRequest => {
    const standing = installed.get(arch) ?? [];
    if (standing.length === 0) return { repositories, world, arch };
    const pins = standing.map(({ name, version }) => `${name}=${version}`);
    return { repositories, world: addToWorld(pins, world), arch, installed: standing };
  };
  if (perArch.size < 2) {
    return new Map(
      [...perArch].map(([arch, repositories]) => [arch, requireSolution(solve(requestOf(arch, repositories)))]),
    );
  }
  const offers = offersOf(perArch);
  const solved = new Map<string, readonly AvailablePackage[]>();
  for (const [arch, repositories] of perArch) {
    const common = repositories.map((repository) =>
      repository.records.every((record) => isCommon(offers, record))
        ? repository
        : narrow(repository, (record) => isCommon(offers, record)),
    );
    const solution = solve(requestOf(arch, common));
    if (!solution.ok) throw noneFor(arch, nameLeftAside(solution.reasons, offers, repositories));
    solved.set(arch, fromOriginals(solution.install, common, repositories));
  }
  requireOneVersion(solved);
  return solved;
}

/** The packages, from the repositories that the caller knows. */
function fromOriginals(
  install: readonly AvailablePackage[],
  narrowed: readonly Repository[],
  repositories: readonly Repository[],
): AvailablePackage[] {
  return install.map(({ record, repository }) => ({
    record,
    repository: repositories[narrowed.indexOf(repository)] ?? repository,
  }));
}

function noneFor(arch: string, reasons: readonly Reason[]): ApkError {
  const names = reasons.map(({ constraint, package: label }) => constraint ?? label ?? "");
  return new ApkError(
    "APK_UNSATISFIABLE",
    `no set of packages satisfies the request for ${arch} in versions that all architectures have: ${names.join(", ")}`,
    {
      reasons,
      hint: "ask for versions that all architectures have, add a repository that has them, or build the architectures apart",
    },
  );
}

function requireOneVersion(solved: ReadonlyMap<string, readonly AvailablePackage[]>): void {
  const reasons = [...choicesOf(solved)]
    .filter(([, versions]) => versions.size > 1)
    .map(([name, versions]) => ({
      package: name,
      requiredBy: [],
      candidates: [...versions].map(([version, archs]) => ({
        version,
        rejected: `chosen for ${archs.join(", ")} only`,
      })),
      note: "no one version for all architectures",
    }));
  if (reasons.length === 0) return;
  const names = reasons.map((reason) => reason.package).join(", ");
  throw new ApkError("APK_UNSATISFIABLE", `the architectures would get different versions of ${names}`, {
    reasons,
    hint: "constrain the version, or build the architectures apart",
  });
}

/** By name and version, the architectures that get it. */
function choicesOf(solved: ReadonlyMap<string, readonly AvailablePackage[]>): Map<string, Map<string, string[]>> {
  const chosen = new Map<string, Map<string, string[]>>();
  for (const [arch, packages] of solved) {
    for (const { record } of packages) {
      const versions = chosen.get(record.name) ?? new Map<string, string[]>();
      versions.set(record.version, [...(versions.get(record.version) ?? []), arch]);
      chosen.set(record.name, versions);
    }
  }
  return chosen;
}
