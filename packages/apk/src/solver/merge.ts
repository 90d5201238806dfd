import { applyConstraint, disqualify } from "./constrain.ts";
import type { Name, Package, Provider } from "./model.ts";
import type { SearchState } from "./search-state.ts";

/**
 * Whichever candidate is chosen, what all of them need is needed, and what all of them provide is provided (A10.4). The former
 * becomes a constraint now: in full from an only candidate, from several without the versions on which they may differ. The
 * latter rules out other packages that provide it and cannot stand beside a candidate.
 */
export function mergeCommon(state: SearchState, name: Name, candidates: readonly Provider[]): void {
  const first = candidates[0];
  if (first === undefined) return;
  const packages = packagesOf(candidates);
  for (const { provides, depends } of packages) state.spend(provides.length + depends.length);
  const provided = commonProvides(candidates);
  for (const { name: wanted, dependency } of commonDepends(packages)) {
    if (candidates.length === 1) applyConstraint(state, first.package, { name: wanted, dependency });
    else if (!dependency.conflict && wanted.requirers === 0) {
      applyConstraint(state, first.package, { name: wanted, dependency: { ...dependency, operator: "", version: "" } });
    }
  }
  for (const [common, { isVirtual }] of provided) {
    if (common !== name) excludeOthers(state, common, name, isVirtual);
  }
}

/**
 * Of the first candidate's dependencies, the first on each name that all candidates need. Conflicts that they share are left
 * for the decision: only a name that is also needed has its conflict applied now, where that comes first.
 */
function commonDepends(candidates: readonly Package[]): Package["depends"] {
  const first = candidates[0]?.depends ?? [];
  const common = neededNames(first);
  for (let index = 1; index < candidates.length && common.size > 0; index += 1) {
    const needed = neededNames(candidates[index]?.depends ?? []);
    for (const name of common) if (!needed.has(name)) common.delete(name);
  }
  return first.filter(({ name }) => common.delete(name));
}

function neededNames(depends: Package["depends"]): Set<Name> {
  const names = new Set<Name>();
  for (const { name, dependency } of depends) if (!dependency.conflict) names.add(name);
  return names;
}

/**
 * Names that all candidates provide, beginning with the first one's own. Such a name is virtual when some candidate provides
 * it without a version; for its own name, when it provides the name in question without one.
 */
function commonProvides(candidates: readonly Provider[]): Map<Name, { isVirtual: boolean }> {
  let common = new Map<Name, { isVirtual: boolean }>();
  candidates.forEach((provider, index) => {
    if (isRepeated(candidates, index)) {
      const own = common.get(provider.package.name);
      if (own !== undefined) own.isVirtual ||= provider.version === "";
      return;
    }
    const here = providedBy(provider);
    if (index === 0) common = here;
    else {
      for (const [name, shared] of common) {
        const found = here.get(name);
        if (found === undefined) common.delete(name);
        else shared.isVirtual ||= found.isVirtual;
      }
    }
  });
  return common;
}

/** The candidates' packages, each once. */
function packagesOf(candidates: readonly Provider[]): Package[] {
  const packages: Package[] = [];
  for (const { package: candidate } of candidates) if (packages.at(-1) !== candidate) packages.push(candidate);
  return packages;
}

/** Is the candidate the same package as the one before it, which provides the name more than once? */
function isRepeated(candidates: readonly Provider[], index: number): boolean {
  return index > 0 && candidates[index]?.package === candidates[index - 1]?.package;
}

function providedBy({ package: provider, version }: Provider): Map<Name, { isVirtual: boolean }> {
  const provided = new Map<Name, { isVirtual: boolean }>();
  provided.set(provider.name, { isVirtual: version === "" });
  for (const provide of provider.provides) {
    if (!provided.has(provide.name)) provided.set(provide.name, { isVirtual: provide.version === "" });
  }
  return provided;
}

/** Whatever provides `name` will provide `common`: rules out what provides `common` only. */
function excludeOthers(state: SearchState, common: Name, name: Name, isVirtual: boolean): void {
  state.spend(common.providers.length);
  for (const provider of common.providers) {
    const other = provider.package;
    if (!other.selectable || other.name === name || (isVirtual && provider.version === "")) continue;
    state.spend(other.provides.length);
    // apk spares a package with any provide without a version here, also of another name.
    const isSpared = other.provides.some((item) => item.name === name || (isVirtual && item.version === ""));
    if (!isSpared) disqualify(state, other, { kind: "excluded", provided: common, wanted: name });
  }
}
