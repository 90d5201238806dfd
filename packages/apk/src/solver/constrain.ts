import { fulfils } from "./fulfils.ts";
import type { Constraint, Name, Package, Rejection } from "./model.ts";
import type { SearchState } from "./search-state.ts";

/**
 * What happens when one more thing is known to hold. Each function changes the state of some names or packages, and has those
 * names reconsidered whose possibilities depend on it. The order of these calls is apk's: it decides the order of decisions.
 */

/** A constraint holds: it wants its name, and disqualifies the providers that do not fulfil it. `by` is undefined for the world. */
export function applyConstraint(state: SearchState, by: Package | undefined, { name, dependency }: Constraint): void {
  if (!dependency.conflict) {
    name.requirers += 1;
    if (name.requirers === 1) becomeWanted(state, name);
  }
  const tag = by === undefined ? state.tagBitOf(dependency.tag) : 0;
  state.spend(name.providers.length);
  for (const provider of name.providers) {
    const candidate = provider.package;
    if (!fulfils(dependency, provider, by)) {
      candidate.conflicts += 1;
      disqualify(state, candidate, { kind: "constraint", by, dependency });
    } else if (!dependency.conflict) {
      if (by === undefined) inheritFromWorld(state, candidate, tag);
      else inherit(candidate, by);
    }
  }
}

/** What holds for the one who asks holds for the package too: the tags that are allowed, and some of the flags. */
export function inherit(candidate: Package, by: Package): void {
  candidate.flags |= by.inheritedFlags;
  candidate.inheritedFlags |= by.inheritedFlags;
  candidate.allowedTags |= by.allowedTags;
}

/** The world's flags go on and on; its tag is preferred for what it names itself only. */
function inheritFromWorld({ worldFlags }: SearchState, candidate: Package, tag: number): void {
  candidate.flags |= worldFlags;
  candidate.inheritedFlags |= worldFlags;
  candidate.allowedTags |= tag;
  if (tag > 1) candidate.preferredTags = tag;
}

function becomeWanted(state: SearchState, name: Name): void {
  state.undecided.file(name);
  recheckInstallIf(state, name);
  state.touch(name);
}

/** The package cannot be chosen any more. */
export function disqualify(state: SearchState, candidate: Package, rejection: Rejection): void {
  if (!candidate.selectable) return;
  candidate.selectable = false;
  candidate.rejection = rejection;
  recheckDependants(state, candidate.name);
  for (const { name } of candidate.provides) recheckDependants(state, name);
  recheckInstallIfOf(state, candidate);
}

/** The name is decided for a provider, or for none; its other providers are out, but for those that can stand beside it. */
export function lock(state: SearchState, name: Name, chosen: Name["chosen"]): void {
  name.locked = true;
  name.chosen = chosen;
  state.undecided.file(name);
  state.spend(name.providers.length);
  for (const { package: other, version } of name.providers) {
    const isCompatible = version === "" && (chosen === undefined || chosen.version === "");
    if (other === chosen?.package || isCompatible) continue;
    disqualify(state, other, { kind: "taken", name, chosen: chosen?.package });
  }
  recheckDependants(state, name);
  if (chosen === undefined) recheckInstallIf(state, name);
  else if (state.announced !== chosen.package) recheckInstallIfOf(state, chosen.package);
  state.announced = chosen?.package;
}

function recheckDependants(state: SearchState, name: Name): void {
  const told = state.watchers.change(name);
  state.spend(told.length);
  for (const dependant of told) state.touch(dependant);
}

function recheckInstallIfOf(state: SearchState, candidate: Package): void {
  recheckInstallIf(state, candidate.name);
  for (const { name } of candidate.provides) recheckInstallIf(state, name);
}

function recheckInstallIf(state: SearchState, { id }: Name): void {
  const { universe } = state;
  // Not through a view of the list: thousands of names are asked, and most lists are empty.
  const { first, values } = universe.catalog.installIf.dependants;
  const from = first[id] ?? 0;
  const to = first[id + 1] ?? from;
  state.spend(to - from);
  for (let at = from; at < to; at += 1) {
    const dependant = values[at] ?? 0;
    if (universe.isDiscovered(dependant)) state.touchForInstallIf(dependant);
  }
}
