import { fulfils, type Bound, type Name, type Package } from "./universe.ts";

/**
 * In which order would apk install what was chosen? (A10.6) The world's names in turn, depth first: what a package depends on, the
 * package, then the packages whose install_if is complete with it.
 */
export function listChanges(world: readonly Bound[]): Package[] {
  const changes: Package[] = [];
  const visit = (name: Name): void => {
    const chosen = name.chosen?.package;
    if (chosen === undefined || chosen.recorded) return;
    chosen.recorded = true;
    for (const depend of chosen.depends) if (!depend.dependency.conflict) visit(depend.name);
    changes.push(chosen);
    installed.add(chosen);
    for (const provided of [chosen.name, ...chosen.provides.map((item) => item.name)]) {
      for (const dependant of provided.installIfDependants) if (isComplete(dependant, installed)) visit(dependant);
    }
  };
  const installed = new Set<Package>();
  for (const { name, dependency } of world) if (!dependency.conflict) visit(name);
  return changes;
}

function isComplete(name: Name, installed: ReadonlySet<Package>): boolean {
  const chosen = name.chosen?.package;
  if (chosen === undefined || chosen.recorded || chosen.installIf.length === 0) return false;
  return chosen.installIf.every((condition) => {
    const provider = condition.name.chosen;
    if (provider === undefined) return condition.dependency.conflict;
    return installed.has(provider.package) && fulfils(condition, provider, undefined);
  });
}
