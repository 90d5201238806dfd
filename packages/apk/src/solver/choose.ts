import { compareVersions } from "../version.ts";
import type { Provider } from "./model.ts";

/** A provide without a version is not chosen unasked: only by priority, because its package is wanted, or by install_if (A10.3). */
export function isAutoSelectable({ version, package: provider }: Provider): boolean {
  return version !== "" || provider.priority > 0 || provider.name.requirers > 0 || provider.triggered;
}

/** The better of two providers of one name; the first difference wins (A10.5). Positive when `a` is better. */
export function compareProviders(a: Provider, b: Provider): number {
  const [x, y] = [a.package, b.package];
  return (
    Number(x.selectable) - Number(y.selectable) ||
    Number(x.merged) - Number(y.merged) ||
    y.conflicts - x.conflicts ||
    Number(x.isTagAllowed) - Number(y.isTagAllowed) ||
    Number(x.isTagPreferred) - Number(y.isTagPreferred) ||
    compareVersions(a.version, b.version) ||
    (x.name === y.name ? compareVersions(x.version, y.version) : 0) ||
    x.priority - y.priority ||
    y.repositoryIndex - x.repositoryIndex
  );
}
