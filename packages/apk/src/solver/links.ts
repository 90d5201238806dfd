import { ApkError } from "../apk-error.ts";
import type { Catalog, Items } from "./catalog.ts";
import { listOf } from "./lists.ts";

/**
 * Who depends on a name? Lists of names in the order of apk's table, made when first asked for: a resolution asks for few of
 * them, and that of the C library alone holds a quarter of all names.
 */
export interface Links {
  /** The names of which some provider depends on this one. */
  readonly dependantsOf: (name: number) => Int32Array;
  /** The names of which some provider has this one in its install_if. */
  readonly installIfDependantsOf: (name: number) => Int32Array;
}

/** Twenty times the connections of a whole distribution; more is an attempt to run us out of memory. */
const mostLinks = 20_000_000;
const nobody = new Int32Array(0);

/** @throws ApkError APK_RESOLVE_LIMIT, from the functions it gives */
export function openLinks(catalog: Catalog): Links {
  const budget = { links: mostLinks };
  return {
    dependantsOf: rememberEach((name) => dependantNames(catalog, catalog.depends, name, budget)),
    installIfDependantsOf: rememberEach((name) => dependantNames(catalog, catalog.installIf, name, budget)),
  };
}

function rememberEach(list: (name: number) => Int32Array): (name: number) => Int32Array {
  const known: (Int32Array | undefined)[] = [];
  return (name) => (known[name] ??= list(name));
}

function dependantNames(
  { entries, rank, ranked }: Catalog,
  items: Items,
  name: number,
  budget: { links: number },
): Int32Array {
  const holders = listOf(items.byName, name);
  if (holders.length === 0) return nobody;
  const ranks: number[] = [];
  for (const item of holders) {
    const holder = items.package[item] ?? 0;
    const end = entries.first[holder + 1] ?? 0;
    for (let entry = entries.first[holder] ?? 0; entry < end; entry += 1)
      ranks.push(rank[entries.name[entry] ?? 0] ?? 0);
    if (ranks.length > budget.links) throw tooManyLinks();
  }
  budget.links -= ranks.length;
  const sorted = Int32Array.from(ranks).sort();
  return sorted.filter((value, index) => index === 0 || value !== sorted[index - 1]).map((value) => ranked[value] ?? 0);
}

function tooManyLinks(): ApkError {
  return new ApkError("APK_RESOLVE_LIMIT", `the indexes connect their packages in more than ${mostLinks} ways`, {
    hint: "an index like this is broken or hostile; leave its repository out",
  });
}
