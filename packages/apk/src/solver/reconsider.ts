import { isAutoSelectable } from "./choose.ts";
import { disqualify, inherit } from "./constrain.ts";
import { fulfils } from "./fulfils.ts";
import { mergeCommon } from "./merge.ts";
import type { Name, Package, Provider } from "./model.ts";
import { isSatisfiable } from "./satisfiable.ts";
import type { SearchState } from "./search-state.ts";

/**
 * What is still possible for a name? (A10.4) Drops the providers that have become impossible, looks whether an install_if is
 * complete, makes what all remaining providers have in common hold now, and files the name for its decision.
 */
export function reconsider(state: SearchState, name: Name): void {
  if (name.locked) return;
  const rechecks = takeRechecks(state, name);
  const candidates: Provider[] = [];
  name.hasTriggered = name.hasAutoSelectable = false;
  name.noInstallIf = true;
  state.spend(name.providers.length);
  let before: Package | undefined;
  for (const provider of name.providers) {
    const candidate = provider.package;
    // A package that provides the name more than once is there as often, one after the other.
    if (rechecks.depends && candidate !== before) dropImpossible(state, candidate);
    before = candidate;
    if (!candidate.selectable) continue;
    if (rechecks.installIf) {
      state.spend(candidate.installIf.length);
      checkInstallIf(state, candidate);
      if (candidate.triggered) inheritTriggers(candidate);
    }
    name.hasTriggered ||= candidate.triggered;
    name.noInstallIf &&= candidate.installIfFailed;
    if (name.requirers === 0 && !candidate.triggered) continue;
    name.hasAutoSelectable ||= isAutoSelectable(provider);
    candidates.push(provider);
  }
  if (name.requirers > 0) {
    markMerged(name, candidates);
    mergeCommon(state, name, candidates);
  }
  name.resolveNow = isCertain(state, name, candidates);
  state.undecided.file(name);
}

/** The mark tells the better provider later. It stays with those of the last merge that there was, even when all of them are out. */
function markMerged({ providers }: Name, candidates: readonly Provider[]): void {
  if (candidates.length === 0) return;
  for (const provider of providers) provider.package.merged = false;
  for (const candidate of candidates) candidate.package.merged = true;
}

function takeRechecks(
  { watchers }: SearchState,
  name: Name,
): { readonly depends: boolean; readonly installIf: boolean } {
  const rechecks = { depends: watchers.hasNews(name), installIf: name.recheckInstallIf };
  name.recheckInstallIf = false;
  return rechecks;
}

function dropImpossible(state: SearchState, candidate: Package): void {
  if (!candidate.selectable) return;
  state.spend(candidate.depends.length);
  for (const depend of candidate.depends) {
    if (isSatisfiable(state, candidate, depend)) continue;
    disqualify(state, candidate, { kind: "depends", dependency: depend.dependency });
    return;
  }
}

/** Triggers the package when all its conditions are decided and met; gives up on it when one is decided otherwise. */
function checkInstallIf(state: SearchState, candidate: Package): void {
  if (candidate.triggered || candidate.installIfFailed) return;
  for (const condition of candidate.installIf) {
    const { name } = condition;
    if (!name.locked) {
      if (!name.awaited && condition.dependency.conflict) {
        name.awaited = true;
        state.undecided.file(name);
      }
      return;
    }
    if (!fulfils(condition.dependency, name.chosen, candidate)) {
      candidate.installIfFailed = true;
      return;
    }
  }
  candidate.triggered = true;
}

/** What triggers a package allows its own tags for it, and passes its flags on. */
function inheritTriggers(candidate: Package): void {
  for (const { name } of candidate.installIf) if (name.chosen !== undefined) inherit(candidate, name.chosen.package);
}

/** One candidate from a repository that is allowed, and everybody who could still say something about the name has decided. */
function isCertain({ universe }: SearchState, name: Name, candidates: readonly Provider[]): boolean {
  const only = candidates[0];
  if (only === undefined || candidates.length > 1) return false;
  if (name.requirers === 0 || !name.hasAutoSelectable || !only.package.isTagAllowed) return false;
  return universe.areDependantsLocked(name.id);
}
