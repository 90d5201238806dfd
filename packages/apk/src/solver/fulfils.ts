import { isMatch, type Dependency } from "../dependency.ts";
import { identityKey } from "./identity-key.ts";
import type { Package, Provider } from "./model.ts";

/**
 * Does this provider, or nobody, fulfil the dependency? A conflict is fulfilled by nobody, by what does not match it, and by
 * the package that states it (A10.3).
 */
export function fulfils(dependency: Dependency, provider: Provider | undefined, by: Package | undefined): boolean {
  if (provider === undefined) return dependency.conflict;
  if (dependency.operator === "") return !dependency.conflict || provider.package === by;
  if (dependency.conflict && provider.package === by) return true;
  const matches =
    dependency.operator === "><"
      ? isSameIdentity(provider.package.identity, dependency.version)
      : isMatch(dependency, provider.version);
  return matches !== dependency.conflict;
}

function isSameIdentity(a: string, b: string): boolean {
  return a !== "" && identityKey(a) === identityKey(b);
}
