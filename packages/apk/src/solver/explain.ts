import type { Reason } from "@apkmill/core";
import { isAutoSelectable } from "./choose.ts";
import { labelAsker, labelRejection } from "./labels.ts";
import { fulfils, type Name, type Package, type Provider } from "./model.ts";
import type { Outcome } from "./outcome.ts";

/**
 * Why is this not a solution? What was decided, although it does not fit, is compared with what was asked for: one reason for
 * each chosen package that is at odds with something, and one for each name that is asked for and that no chosen package
 * provides. Each says who asks, what the candidates were and why each of them fell out.
 *
 * These are also the packages and names of which apk's own error message speaks (A10.9). There is always a reason: where
 * apk finds none ("Huh?"), the world itself is named.
 */
export function explain(outcome: Outcome): Reason[] {
  const reasons = [...atOddsReasons(outcome), ...missingReasons(outcome)];
  return reasons.length > 0 ? reasons : outcome.world.map(({ name }) => contradiction(outcome, name));
}

function atOddsReasons(outcome: Outcome): Reason[] {
  return outcome.install.flatMap((chosen) => {
    const problems = problemsOf(outcome, chosen);
    if (problems.length === 0) return [];
    return {
      package: chosen.label,
      note: problems.join("; "),
      requiredBy: requirersOf(outcome, chosen),
      candidates: candidatesOf(outcome, chosen.name, chosen),
    };
  });
}

/** What a chosen package is at odds with: its own record, the allowed tags, other chosen packages, those who ask for something else. */
function problemsOf(outcome: Outcome, chosen: Package): string[] {
  const problems: string[] = [];
  if (!chosen.isInstallable) problems.push(labelRejection(chosen));
  else if (!chosen.isTagAllowed) problems.push("its repository is tagged, and the tag was not asked for");
  const names = namesOf(chosen);
  for (const [name, versions] of names) {
    for (const other of outcome.providersOf(name)) {
      if (other.package === chosen ? versions.length > 1 && other.version !== versions[0] : isRival(versions, other)) {
        problems.push(`conflicts with ${other.package.label}, which also provides ${withVersion(name, other.version)}`);
      }
    }
    for (const asker of outcome.askersOf(name)) {
      const breaks = versions.some(
        (version) => !fulfils(asker.constraint.dependency, { package: chosen, version }, asker.by),
      );
      if (breaks) problems.push(`breaks ${labelAsker(asker)}`);
    }
  }
  return [...new Set(problems)];
}

/** By name, with which versions the package provides it. */
function namesOf({ name, version, provides }: Package): Map<Name, string[]> {
  const names = new Map([[name, [version]]]);
  for (const provide of provides) names.set(provide.name, [...(names.get(provide.name) ?? []), provide.version]);
  return names;
}

/** Two packages cannot both provide a name, unless both do so without a version. */
function isRival(versions: readonly string[], other: Provider): boolean {
  return other.version !== "" || versions.some((version) => version !== "");
}

function withVersion(name: Name, version: string): string {
  return version === "" ? name.text : `${name.text}=${version}`;
}

function requirersOf(outcome: Outcome, chosen: Package): string[] {
  const askers = [...namesOf(chosen).keys()].flatMap((name) => outcome.askersOf(name));
  return [...new Set(askers.filter(({ constraint }) => !constraint.dependency.conflict).map(labelAsker))];
}

function missingReasons(outcome: Outcome): Reason[] {
  const asked = [outcome.world, ...outcome.install.map(({ depends }) => depends)].flat();
  const names = new Set(asked.filter(({ dependency }) => !dependency.conflict).map(({ name }) => name));
  return [...names]
    .filter((name) => outcome.providersOf(name).length === 0)
    .map((name) => ({
      constraint: name.text,
      note: missingNote(name),
      requiredBy: outcome.askersOf(name).map(labelAsker),
      candidates: candidatesOf(outcome, name, undefined),
    }));
}

function missingNote({ providers }: Name): string {
  if (providers.length === 0) return "no such package";
  if (providers.some(({ package: provider }) => provider.selectable || provider.isInstallable)) {
    return providers.some(isAutoSelectable) ? "no provider fits" : "virtual: name one of its providers";
  }
  return "no provider can be installed";
}

/** What else could have provided the name, and why it does not. */
function candidatesOf({ install }: Outcome, name: Name, except: Package | undefined): Reason["candidates"] {
  const others = new Map(name.providers.map((provider) => [provider.package, provider]));
  return [...others.values()]
    .filter(({ package: candidate }) => candidate !== except && !install.includes(candidate))
    .map((provider) => ({ version: provider.package.label, rejected: rejectionOf(provider) }));
}

function rejectionOf(provider: Provider): string {
  if (provider.package.selectable && !isAutoSelectable(provider)) {
    return "provides it without a version: is not chosen unless it is named";
  }
  return labelRejection(provider.package);
}

function contradiction(outcome: Outcome, name: Name): Reason {
  const chosen = outcome.providersOf(name)[0]?.package;
  return {
    constraint: name.text,
    note: "what it needs was ruled out by what else is asked for",
    requiredBy: outcome.askersOf(name).map(labelAsker),
    candidates: candidatesOf(outcome, name, chosen),
  };
}
