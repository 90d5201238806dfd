import { fulfils } from "./fulfils.ts";
import type { Constraint, Package } from "./model.ts";
import type { SearchState } from "./search-state.ts";

/** Can some provider, or the lack of one, still fulfil the dependency? */
export function isSatisfiable(state: SearchState, by: Package | undefined, { name, dependency }: Constraint): boolean {
  if (name.locked) return fulfils(dependency, name.chosen, by);
  if (name.requirers === 0 && dependency.conflict) return true;
  const { providers } = name;
  state.spend(providers.length);
  for (const provider of providers) if (provider.package.selectable && fulfils(dependency, provider, by)) return true;
  return false;
}
