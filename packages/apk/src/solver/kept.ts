import { fulfils } from "./fulfils.ts";
import type { Constraint, Name, Package } from "./model.ts";

/** A name that was to be removed and is still there, as what the world asks for needs it. */
export interface Kept {
  readonly name: string;
  /** Names of packages that the world asks for. */
  readonly neededBy: readonly string[];
}

/** Those of the names that chosen packages provide, and which packages of the world need them, directly or not. */
export function listKept(names: readonly Name[], chosen: readonly Package[], world: readonly Constraint[]): Kept[] {
  if (names.length === 0) return [];
  const wanted = new Set(world.map(({ name }) => name));
  const askers = askersOf(chosen);
  return names.flatMap((name) => {
    const standing = chosen.filter((each) => provided(each).some((item) => item.name === name));
    if (standing.length === 0) return [];
    const needed = new Set(standing);
    for (const each of needed) for (const asker of directAskers(each, askers)) needed.add(asker);
    const asked = [...needed].filter((each) => provided(each).some((item) => wanted.has(item.name)));
    return [{ name: name.text, neededBy: asked.map((each) => each.name.text) }];
  });
}

interface Asker {
  readonly by: Package;
  readonly constraint: Constraint;
}

function askersOf(chosen: readonly Package[]): Map<Name, Asker[]> {
  const askers = new Map<Name, Asker[]>();
  for (const by of chosen) {
    for (const constraint of by.depends) {
      if (constraint.dependency.conflict) continue;
      const known = askers.get(constraint.name);
      if (known === undefined) askers.set(constraint.name, [{ by, constraint }]);
      else known.push({ by, constraint });
    }
  }
  return askers;
}

function directAskers(wanted: Package, askers: ReadonlyMap<Name, readonly Asker[]>): Package[] {
  return provided(wanted).flatMap(({ name, version }) =>
    (askers.get(name) ?? [])
      .filter(({ by, constraint }) => fulfils(constraint.dependency, { package: wanted, version }, by))
      .map(({ by }) => by),
  );
}

function provided({ name, version, provides }: Package): { readonly name: Name; readonly version: string }[] {
  return [{ name, version }, ...provides];
}
