import { readDependency } from "../dependency.ts";
import { fulfils } from "./fulfils.ts";
import { isNameAlone, itemAt } from "./item-text.ts";
import { ListedConstraint } from "./listed.ts";
import type { Name } from "./model.ts";
import { isSatisfiable } from "./satisfiable.ts";
import type { SearchState } from "./search-state.ts";

/**
 * Would it change nothing to reconsider a name that nobody has looked at? Nearly all names are such that are told of an install_if:
 * a package is there whose documentation could be triggered, if only somebody wanted documentation. They stay numbers, as to open all
 * their packages takes half the time of a search.
 *
 * Contract: false where it is not certain.
 */
export function isIdle(state: SearchState, nameId: number): boolean {
  const { universe } = state;
  const { entries, providers } = universe.catalog;
  const from = providers.first[nameId] ?? 0;
  const to = providers.first[nameId + 1] ?? 0;
  state.spend(to - from);
  const since = state.idleSince[nameId] ?? 0;
  let hasNews = false;
  let before = -1;
  for (let at = from; at < to && !hasNews; at += 1) {
    const number = entries.package[providers.values[at] ?? 0] ?? 0;
    // A package that provides the name more than once is there as often, one after the other.
    if (number !== before) hasNews = hasChanged(state, number, since);
    before = number;
  }
  before = -1;
  for (let at = from; at < to; at += 1) {
    const number = entries.package[providers.values[at] ?? 0] ?? 0;
    if (number === before) continue;
    before = number;
    if (!universe.isSelectable(number)) continue;
    if (mayBeTriggered(state, number) || (hasNews && !isPossible(state, number))) return false;
  }
  state.idleSince[nameId] = state.watchers.now;
  return true;
}

/** Is everything decided that the package's install_if waits for, or is it about to wait for the lack of something? */
function mayBeTriggered(state: SearchState, number: number): boolean {
  const { universe } = state;
  const { installIf, text } = universe.catalog;
  const from = installIf.first[number] ?? 0;
  const to = installIf.first[number + 1] ?? 0;
  state.spend(to - from);
  for (let item = from; item < to; item += 1) {
    const at = installIf.at[item] ?? 0;
    const name = universe.touchedName(installIf.name[item] ?? 0);
    if (text[at] === bang) return true;
    if (name?.chosen === undefined) return false;
    if (isNameAlone(text, at)) continue;
    if (!isFulfilled(state, name, at)) return false;
  }
  return from < to;
}

/** Has something changed about what the package depends on? */
function hasChanged({ universe, watchers }: SearchState, number: number, since: number): boolean {
  const { first, name } = universe.catalog.depends;
  const to = first[number + 1] ?? 0;
  for (let item = first[number] ?? 0; item < to; item += 1)
    if (watchers.hasChanged(name[item] ?? 0, since)) return true;
  return false;
}

/** Can all that the package depends on still be had? */
function isPossible(state: SearchState, number: number): boolean {
  const { depends } = state.universe.catalog;
  const to = depends.first[number + 1] ?? 0;
  for (let item = depends.first[number] ?? 0; item < to; item += 1)
    if (!canBeHad(state, depends.name[item] ?? 0, depends.at[item] ?? 0)) return false;
  return true;
}

/** Can a dependency that stands at a place in the text still be fulfilled? */
function canBeHad(state: SearchState, nameId: number, at: number): boolean {
  const { universe } = state;
  const { entries, providers, text } = universe.catalog;
  // A conflict depends on who states it.
  if (text[at] === bang) return false;
  const isAlone = isNameAlone(text, at);
  const name = isAlone ? universe.touchedName(nameId) : universe.name(nameId);
  if (name?.locked === true) return name.chosen !== undefined && (isAlone || isFulfilled(state, name, at));
  if (name !== undefined && !isAlone) return isSatisfiable(state, undefined, new ListedConstraint(name, text, at));
  const to = providers.first[nameId + 1] ?? 0;
  for (let provider = providers.first[nameId] ?? 0; provider < to; provider += 1)
    if (universe.isSelectable(entries.package[providers.values[provider] ?? 0] ?? 0)) return true;
  return false;
}

/** Does what was chosen for a name fulfil the dependency at a place in the text? Hundreds of packages have the same one. */
function isFulfilled({ universe, verdicts }: SearchState, name: Name, at: number): boolean {
  const { text } = universe.catalog;
  const item = itemAt(text, at);
  const known = verdicts.get(item);
  if (known !== undefined) return known;
  const verdict = fulfils(readDependency(item), name.chosen, undefined);
  verdicts.set(item, verdict);
  return verdict;
}

const bang = 0x21;
