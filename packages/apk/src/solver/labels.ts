import { formatDependency } from "../dependency.ts";
import type { Package } from "./model.ts";
import type { Asker } from "./outcome.ts";

/** `world[nginx>1.24]` or `nginx-1.24.0-r15[so:libz.so.1]`: who asks for what, as apk writes it. */
export function labelAsker({ by, constraint }: Asker): string {
  return `${by?.label ?? "world"}[${formatDependency(constraint.dependency)}]`;
}

/** Why a package was not chosen, in words. */
export function labelRejection(candidate: Package): string {
  if (!candidate.isInstallable)
    return "is for another architecture, or its record has something that cannot be understood";
  const { rejection } = candidate;
  switch (rejection?.kind) {
    case "constraint":
      return `does not fit ${rejection.by?.label ?? "world"}[${formatDependency(rejection.dependency)}]`;
    case "depends":
      return `needs ${formatDependency(rejection.dependency)}, which nothing can provide here`;
    case "taken":
      return rejection.chosen === undefined
        ? `was not needed when ${rejection.name.text} was decided`
        : `conflicts with ${rejection.chosen.label}, which was chosen for ${rejection.name.text}`;
    case "excluded":
      return `provides ${rejection.provided.text}, which belongs to whatever provides ${rejection.wanted.text}`;
    case undefined:
      return candidate.isTagAllowed
        ? "another one is better"
        : "its repository is tagged, and the tag was not asked for";
  }
}
