import { append } from "@apkmill/core";
import { ApkError } from "../apk-error.ts";
import { isMatch, tryDependency } from "../dependency.ts";
import type { InstalledRecord } from "../installed-package.ts";

/**
 * Everything installed that depends on these packages, directly or not, without themselves.
 * @throws ApkError APK_RESOLVE_LIMIT
 */
export function dependantsOf(
  installed: readonly InstalledRecord[],
  packages: readonly InstalledRecord[],
): InstalledRecord[] {
  const askers = new Map<InstalledRecord, InstalledRecord[]>();
  for (const [asker, wanted] of dependenciesOf(installed)) {
    for (const record of wanted) append(askers, record, asker);
  }
  const found = new Set(packages);
  for (const record of found) for (const asker of askers.get(record) ?? []) found.add(asker);
  return [...found].slice(packages.length);
}

/** A hundred times what a large system has; more is an attempt to run us out of memory. */
const mostLinks = 2_000_000;

/** By installed package, the installed packages that fulfil its dependencies. @throws ApkError APK_RESOLVE_LIMIT */
export function dependenciesOf(installed: readonly InstalledRecord[]): Map<InstalledRecord, InstalledRecord[]> {
  const providers = providersByName(installed);
  let links = 0;
  return new Map(
    installed.map((asker) => {
      const wanted = asker.depends.flatMap((item) => {
        const dependency = tryDependency(item);
        if (dependency === undefined || dependency.conflict) return [];
        const offers = providers.get(dependency.name) ?? [];
        links += offers.length;
        if (links > mostLinks) throw tooManyLinks();
        return offers.filter(({ version }) => isMatch(dependency, version)).map(({ record }) => record);
      });
      return [asker, [...new Set(wanted)]];
    }),
  );
}

function tooManyLinks(): ApkError {
  return new ApkError("APK_RESOLVE_LIMIT", `what is installed connects its packages in more than ${mostLinks} ways`, {
    hint: "a database like this is broken or hostile; leave its image out",
  });
}

/** The names that a package provides, its own first. */
export function providedNames(record: InstalledRecord): string[] {
  return offersOf(record).map(({ name }) => name);
}

interface Offer {
  readonly record: InstalledRecord;
  readonly name: string;
  readonly version: string;
}

function offersOf(record: InstalledRecord): Offer[] {
  const items = record.provides.flatMap((item) => tryDependency(item) ?? []);
  return [record, ...items].map(({ name, version }) => ({ record, name, version }));
}

function providersByName(installed: readonly InstalledRecord[]): Map<string, Offer[]> {
  const providers = new Map<string, Offer[]>();
  for (const offer of installed.flatMap(offersOf)) append(providers, offer.name, offer);
  return providers;
}
