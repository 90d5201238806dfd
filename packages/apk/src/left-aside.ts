import type { Reason } from "@apkmill/core";
import { tryDependency } from "./dependency.ts";
import type { IndexRecord } from "./package-info.ts";
import type { Repository } from "./repository.ts";
import { splitNameVersion } from "./version.ts";

/** By architecture and name, the versions that there are. */
export type Offers = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

export function offersOf(perArch: ReadonlyMap<string, readonly Repository[]>): Offers {
  return new Map([...perArch].map(([arch, repositories]) => [arch, offerOf(repositories)]));
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

/** No architecture has the package in other versions only. */
export function isCommon(offers: Offers, { name, version }: Pick<IndexRecord, "name" | "version">): boolean {
  for (const offer of offers.values()) if (offer.get(name)?.has(version) === false) return false;
  return true;
}

/** How many of the versions that were left aside a reason names, the first in the index. */
const mostNamed = 20;

/** The reasons, each with the candidates that were never looked at as another architecture does not have them. */
export function nameLeftAside(
  reasons: readonly Reason[],
  offers: Offers,
  repositories: readonly Repository[],
): Reason[] {
  const asked = new Set(reasons.map(nameOf));
  const found = new Map<string, Reason["candidates"][number][]>();
  for (const record of repositories.flatMap(({ records }) => records)) {
    const names = providedNames(record).filter((name) => asked.has(name));
    if (names.length === 0 || isCommon(offers, record)) continue;
    for (const name of names)
      found.set(name, [...(found.get(name) ?? []), describe(offers, record)].slice(0, mostNamed));
  }
  return reasons.map((reason) => ({
    ...reason,
    candidates: [...reason.candidates, ...(found.get(nameOf(reason)) ?? [])],
  }));
}

function nameOf({ constraint, package: label }: Reason): string {
  if (constraint !== undefined) return tryDependency(constraint)?.name ?? constraint;
  return splitNameVersion(label ?? "").name;
}

function providedNames({ name, provides }: IndexRecord): string[] {
  return [name, ...provides.flatMap((item) => tryDependency(item)?.name ?? [])];
}

function describe(offers: Offers, { name, version }: IndexRecord): Reason["candidates"][number] {
  const lackers = [...offers].filter(([, offer]) => offer.get(name)?.has(version) === false).map(([arch]) => arch);
  return {
    version: `${name}-${version}`,
    rejected: `was left aside: ${lackers.join(", ")} ${lackers.length > 1 ? "do" : "does"} not have this version`,
  };
}
