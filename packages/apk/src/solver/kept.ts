import type { Constraint, Name, Package } from "./model.ts";
import { fulfils } from "./model.ts";

/** A name that was to be removed and is still there, as what the world asks for needs it. */
export interface Kept {
  readonly name: string;
  /** Names of packages that the world asks for. */
  readonly neededBy: readonly string[];
}

/** Those of the names that chosen packages provide, and which packages of the world need them, directly or not. */
export function listKept(names: readonly Name[], chosen: readonly Package[], world: readonly Constraint[]): Kept[] {
  const wanted = new Set(world.map(({ name }) => name));
  return names.flatMap((name) => {
    const standing = chosen.filter(
      (each) => each.name === name || each.provides.some((provide) => provide.name === name),
    );
    if (standing.length === 0) return [];
    const needed = new Set(standing);
    for (const each of needed) for (const dependant of dependantsOf(each, chosen)) needed.add(dependant);
    const asked = [...needed].filter((each) => [each, ...each.provides].some((item) => wanted.has(nameOf(item))));
    return [{ name: name.text, neededBy: asked.map((each) => each.name.text) }];
  });
}

function nameOf(item: Package | Package["provides"][number]): Name {
  return item.name;
}

function dependantsOf(wanted: Package, chosen: readonly Package[]): Package[] {
  const provided = [wanted, ...wanted.provides].map(({ name, version }) => ({ name, version }));
  return chosen.filter((each) =>
    each.depends.some(
      ({ name, dependency }) =>
        !dependency.conflict &&
        provided.some(
          (item) => item.name === name && fulfils(dependency, { package: wanted, version: item.version }, each),
        ),
    ),
  );
}
