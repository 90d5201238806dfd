import { compareVersions } from "../version.ts";
import { availableFlag, ignoreFlag, latestFlag, reinstallFlag, removeFlag, upgradeFlag } from "./flags.ts";
import type { Package, Provider } from "./model.ts";

/** A provide without a version is not chosen unasked: only by priority, because its package is wanted, or by install_if (A10.3). */
export function isAutoSelectable({ version, package: provider }: Provider): boolean {
  return version !== "" || provider.priority > 0 || provider.name.requirers > 0 || provider.triggered;
}

/** The better of two providers of one name; the first difference wins (A10.5). Positive when `a` is better. */
export function compareProviders(a: Provider, b: Provider): number {
  const x = a.package;
  const y = b.package;
  const flags = x.flags | y.flags;
  return (
    (isLatestWanted(flags, x, y) ? compareByFlags(flags, x, y) : compareByFit(flags, a, b)) ||
    compareVersions(a.version, b.version) ||
    (x.name === y.name ? compareVersions(x.version, y.version) : 0) ||
    x.priority - y.priority ||
    ((flags & removeFlag) === 0 ? first(isInstalled(x), isInstalled(y)) : 0) ||
    first(x.selectable, y.selectable) ||
    y.repositoryIndex - x.repositoryIndex
  );
}

/** Pins speak against the newest: who asked for one means that one. */
function isLatestWanted(flags: number, x: Package, y: Package): boolean {
  return (flags & latestFlag) !== 0 && x.allowedTags === 1 && y.allowedTags === 1;
}

function compareByFlags(flags: number, x: Package, y: Package): number {
  return (
    first(x.isTagAllowed, y.isTagAllowed) ||
    ((flags & availableFlag) !== 0
      ? first(x.isAvailable, y.isAvailable)
      : (flags & reinstallFlag) !== 0
        ? first(x.selectable, y.selectable)
        : 0)
  );
}

function compareByFit(flags: number, a: Provider, b: Provider): number {
  const x = a.package;
  const y = b.package;
  return (
    first(x.selectable, y.selectable) ||
    first(x.merged, y.merged) ||
    y.conflicts - x.conflicts ||
    ((flags & ignoreFlag) !== 0 ? first(isInstalled(x), isInstalled(y)) : 0) ||
    first(x.isTagAllowed, y.isTagAllowed) ||
    ((flags & availableFlag) !== 0 ? first(x.isAvailable, y.isAvailable) : 0) ||
    first(x.isTagPreferred, y.isTagPreferred) ||
    (isKept(flags, a, b) ? first(isInstalled(x), isInstalled(y)) : 0)
  );
}

/** What is installed stays, unless something better is wanted; between two virtual providers of one name that says nothing. */
function isKept(flags: number, a: Provider, b: Provider): boolean {
  if ((flags & (upgradeFlag | removeFlag)) !== 0) return false;
  return a.package.name === b.package.name || a.version !== "" || b.version !== "";
}

function isInstalled({ installed }: Package): boolean {
  return installed !== undefined;
}

/** Positive when only the first is so. */
function first(a: boolean, b: boolean): number {
  return Number(a) - Number(b);
}
