import { append } from "@apkmill/core";
import { fulfils } from "./fulfils.ts";
import type { Name, Package, Provider } from "./model.ts";
import type { Asker, Outcome } from "./outcome.ts";

/** What a chosen package is at odds with; packages without any of these are not in apk's report (A10.9). */
export type Problem =
  /** It is for another architecture, or its record cannot be understood. */
  | { readonly kind: "broken" }
  /** Its repository is tagged, and nobody who asks for it allows the tag. */
  | { readonly kind: "tagged" }
  /** It provides the name more than once, and cannot be chosen for that. */
  | { readonly kind: "twice"; readonly name: Name; readonly versions: readonly string[] }
  /** Another chosen package provides the same names, and only one of them can. */
  | { readonly kind: "rival"; readonly other: Package; readonly names: readonly Name[] }
  /** It is not what this one asks for. */
  | { readonly kind: "unfit"; readonly asker: Asker };

/** All problems of a chosen package; of rivals no more than a person reads. */
export function problemsOf(outcome: Outcome, chosen: Package): Problem[] {
  return [
    ...ownProblems(chosen),
    ...repeatedNames(chosen),
    ...rivals(outcome, chosen),
    ...askersOfProvided(outcome, chosen)
      .filter(({ asker, provider }) => !fulfils(asker.constraint.dependency, provider, asker.by))
      .map(({ asker }) => ({ kind: "unfit", asker }) as const),
  ];
}

/** Those who ask for a name that the package provides, each with that provide; of several for one name the first counts. */
export function askersOfProvided(
  outcome: Outcome,
  chosen: Package,
): { readonly asker: Asker; readonly provider: Provider }[] {
  return [...providesOf(chosen)].flatMap(([name, [version = ""]]) =>
    outcome.askersOf(name).map((asker) => ({ asker, provider: { package: chosen, version } })),
  );
}

function ownProblems(chosen: Package): Problem[] {
  if (!chosen.isInstallable) return [{ kind: "broken" }];
  return chosen.isTagAllowed ? [] : [{ kind: "tagged" }];
}

function repeatedNames({ name: own, provides }: Package): Problem[] {
  const repeated = new Map<Name, string[]>();
  for (const { name, version } of provides) append(repeated, name, version);
  return [...repeated]
    .filter(([name, versions]) => versions.some((version) => version !== "") && (versions.length > 1 || name === own))
    .map(([name, versions]) => ({ kind: "twice", name, versions }));
}

/** Nobody reads more; and a hostile index could make any two of ten thousand packages rivals. */
const mostRivals = 20;

function rivals(outcome: Outcome, chosen: Package): Problem[] {
  const found = new Map<Package, Name[]>();
  for (const [name, versions] of providesOf(chosen)) {
    const isVersioned = versions.some((version) => version !== "");
    const others = isVersioned ? outcome.providersOf(name) : outcome.versionedProvidersOf(name);
    for (const { package: other } of others.slice(0, mostRivals + 1)) {
      if (other === chosen) continue;
      const names = found.get(other);
      if (names === undefined) found.set(other, [name]);
      else if (names.at(-1) !== name) names.push(name);
    }
  }
  return [...found].slice(0, mostRivals).map(([other, names]) => ({ kind: "rival", other, names }));
}

/** By name, its own first, with which versions the package provides it. */
function providesOf({ name, version, provides }: Package): Map<Name, string[]> {
  const names = new Map([[name, [version]]]);
  for (const provide of provides) append(names, provide.name, provide.version);
  return names;
}
