import { compareBytes, type Reason } from "@apkmill/core";
import { compareVersions } from "../version.ts";
import { isAutoSelectable } from "./choose.ts";
import { labelRejection } from "./labels.ts";
import type { Name, Package, Provider } from "./model.ts";

/** How many candidates a reason names, the newest: a hostile index could offer ten thousand for each of ten thousand names. */
const mostCandidates = 100;

/** Lists what could have provided some names and was not chosen, each with why; the newest first, at most a hundred. */
export function openCandidates(
  chosen: ReadonlySet<Package>,
): (...names: readonly Name[]) => { readonly version: string; readonly rejected: string }[] {
  const known = new Map<Name, readonly Provider[]>();
  const unchosen = (name: Name): readonly Provider[] => {
    const found =
      known.get(name) ?? name.providers.filter(({ package: provider }) => !chosen.has(provider)).sort(compareOffers);
    known.set(name, found);
    return found.slice(0, mostCandidates);
  };
  return (...names) => {
    const open = new Map<Package, Provider>();
    for (const provider of names.flatMap(unchosen)) {
      if (!open.has(provider.package)) open.set(provider.package, provider);
    }
    return [...open.values()].slice(0, mostCandidates).map(labelCandidate);
  };
}

/** Newest first, by the version of the name, then by name and version of the package. */
function compareOffers(a: Provider, b: Provider): number {
  return (
    compareVersions(b.version, a.version) ||
    compareBytes(a.package.name.text, b.package.name.text) ||
    compareVersions(b.package.version, a.package.version)
  );
}

function labelCandidate(provider: Provider): Reason["candidates"][number] {
  const { package: candidate } = provider;
  const rejected =
    candidate.selectable && !isAutoSelectable(provider)
      ? "provides it without a version: is not chosen unless it is named"
      : labelRejection(candidate);
  return { version: candidate.label, rejected };
}
