import { compareProviders, isAutoSelectable } from "./choose.ts";
import { applyConstraint, lock } from "./constrain.ts";
import { availableFlag } from "./flags.ts";
import type { Name, Package, Provider } from "./model.ts";
import type { SearchState } from "./search-state.ts";

/** Decides a name for its best provider, or for none (A10.5). What does not fit is chosen all the same, and marked as failed. */
export function decide(state: SearchState, name: Name): void {
  const chosen = bestProvider(state, name);
  if (chosen !== undefined) {
    select(state, name, chosen.package);
    return;
  }
  if (name.requirers > 0) state.hasFailed = true;
  lock(state, name, undefined);
}

function bestProvider(state: SearchState, name: Name): Provider | undefined {
  state.spend(name.providers.length);
  let best: Provider | undefined;
  for (const provider of name.providers) {
    if (!isEligible(name, provider)) continue;
    if (best === undefined || compareProviders(provider, best) > 0) best = provider;
  }
  return best;
}

/** A name that nobody asks for takes only what its install_if has triggered, and what can be had where that is wanted. */
function isEligible(name: Name, provider: Provider): boolean {
  const { triggered, selectable, isTagAllowed, isAvailable, flags } = provider.package;
  const isWelcome = triggered && selectable && isTagAllowed && (isAvailable || (flags & availableFlag) === 0);
  return (name.requirers > 0 || isWelcome) && isAutoSelectable(provider);
}

function select(state: SearchState, name: Name, chosen: Package): void {
  if (!chosen.selectable || !chosen.isTagAllowed) state.fail(chosen);
  assign(state, chosen.name, { package: chosen, version: chosen.version });
  for (const provide of chosen.provides) assign(state, provide.name, { package: chosen, version: provide.version });
  if (name.requirers === 0) {
    for (const condition of chosen.installIf) if (!condition.name.locked) applyConstraint(state, chosen, condition);
  }
  for (const depend of chosen.depends) applyConstraint(state, chosen, depend);
}

/** Locks a provided name. Two packages on one name fail both, unless both provide it without a version. */
function assign(state: SearchState, name: Name, chosen: Provider): void {
  if (!name.locked) {
    lock(state, name, chosen);
    return;
  }
  const before = name.chosen;
  if (before?.package === chosen.package && before.version === chosen.version) return;
  if (chosen.version === "" && (before === undefined || before.version === "")) return;
  state.fail(chosen.package);
  if (before !== undefined) state.fail(before.package);
}
