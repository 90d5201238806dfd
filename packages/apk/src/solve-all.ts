import type { Reason } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import type { AvailablePackage, Repository } from "./repository.ts";
import { requireSolution, solve } from "./solve.ts";

/**
 * Resolves one world for several architectures, with one version of each package that more than one of them gets: an image
 * whose platforms differ in versions is not one image. Versions that some architecture lacks are left aside first, as apko does.
 * @throws ApkError APK_UNSATISFIABLE with the reasons, by architecture
 */
export function solveAll(
  perArch: ReadonlyMap<string, readonly Repository[]>,
  world: readonly string[],
): Map<string, readonly AvailablePackage[]> {
  const common = perArch.size > 1 ? withoutUncommon(perArch) : perArch;
  const solved = new Map(
    [...common].map(([arch, repositories]) => [arch, requireSolution(solve({ repositories, world, arch }))]),
  );
  requireOneVersion(solved);
  return solved;
}

/** Repositories without the records whose name and version another architecture does not have, unless it lacks the name altogether. */
function withoutUncommon(perArch: ReadonlyMap<string, readonly Repository[]>): Map<string, readonly Repository[]> {
  const offers = [...perArch.values()].map((repositories) => offerOf(repositories));
  const isCommon = (name: string, version: string): boolean =>
    offers.every((offer) => offer.get(name)?.has(version) ?? true);
  return new Map(
    [...perArch].map(([arch, repositories]) => [
      arch,
      repositories.map((repository) => ({
        ...repository,
        records: repository.records.filter(({ name, version }) => isCommon(name, version)),
      })),
    ]),
  );
}

function offerOf(repositories: readonly Repository[]): Map<string, Set<string>> {
  const offer = new Map<string, Set<string>>();
  for (const { records } of repositories) {
    for (const { name, version } of records) {
      const versions = offer.get(name);
      if (versions === undefined) offer.set(name, new Set([version]));
      else versions.add(version);
    }
  }
  return offer;
}

function requireOneVersion(solved: ReadonlyMap<string, readonly AvailablePackage[]>): void {
  const chosen = new Map<string, Map<string, string[]>>();
  for (const [arch, packages] of solved) {
    for (const { record } of packages) {
      const versions = chosen.get(record.name) ?? new Map<string, string[]>();
      versions.set(record.version, [...(versions.get(record.version) ?? []), arch]);
      chosen.set(record.name, versions);
    }
  }
  const reasons: Reason[] = [...chosen]
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
  throw new ApkError(
    "APK_UNSATISFIABLE",
    `the architectures would get different versions of ${reasons.map((reason) => reason.package ?? "").join(", ")}`,
    {
      reasons,
      hint: "constrain the version, or build the architectures apart",
    },
  );
}
