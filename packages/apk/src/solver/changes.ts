import { fulfils, type Bound, type Name, type Package } from "./universe.ts";

/**
 * In which order would apk install what was chosen? (A10.6) The world's names in turn, depth first: what a package depends on, the
 * package, then the packages whose install_if is complete with it. With frames of its own in the place of recursion: chains of
 * dependencies may be longer than the stack is deep.
 */
export function listChanges(world: readonly Bound[]): Package[] {
  const installed = new Set<Package>();
  for (const { name, dependency } of world) {
    if (dependency.conflict) continue;
    const frames = [visit(name, installed)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = frame.next();
      if (next.done === true) frames.pop();
      else frames.push(visit(next.value, installed));
    }
  }
  // A set keeps the order in which its members were added.
  return [...installed];
}

/** Installs what was chosen for a name; yields the names to visit before and after. */
function* visit(name: Name, installed: Set<Package>): Generator<Name, void> {
  const chosen = name.chosen?.package;
  if (chosen === undefined || chosen.recorded) return;
  chosen.recorded = true;
  for (const depend of chosen.depends) if (!depend.dependency.conflict) yield depend.name;
  installed.add(chosen);
  for (const provided of [chosen.name, ...chosen.provides.map((item) => item.name)]) {
    for (const dependant of provided.installIfDependants) if (isComplete(dependant, installed)) yield dependant;
  }
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
