import { isMatch, tryDependency } from "../dependency.ts";
import type { InstalledRecord } from "../installed-package.ts";

/** Everything installed that depends on these packages, directly or not, without themselves. */
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

/** By installed package, the installed packages that fulfil its dependencies. */
export function dependenciesOf(installed: readonly InstalledRecord[]): Map<InstalledRecord, InstalledRecord[]> {
  const providers = providersByName(installed);
  return new Map(
    installed.map((asker) => {
      const wanted = asker.depends.flatMap((item) => {
        const dependency = tryDependency(item);
        if (dependency === undefined || dependency.conflict) return [];
        const offers = providers.get(dependency.name) ?? [];
        return offers.filter(({ version }) => isMatch(dependency, version)).map(({ record }) => record);
      });
      return [asker, [...new Set(wanted)]];
    }),
  );
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

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
