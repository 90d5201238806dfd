import { compareVersions } from "../version.ts";
import type { Change } from "./change.ts";
import { reinstallFlag } from "./flags.ts";
import type { Package } from "./model.ts";
import { availableOf, type Origins } from "./origins.ts";
import type { Step } from "./step.ts";

/**
 * The steps as changes of what is installed. A chosen package that is installed already, under the same tag, is no change; one
 * that is to be laid down again, and that no repository has, stays as it is: apk says so and goes on.
 */
export function describeChanges(origins: Origins, steps: readonly Step[]): Change[] {
  return steps.flatMap((step) => describeStep(origins, step) ?? []);
}

function describeStep(origins: Origins, { previous: before, chosen }: Step): Change | undefined {
  const previous = before?.installed;
  if (chosen === undefined) return previous && { kind: "remove", previous };
  const found = availableOf(origins, chosen.number);
  const tag = tagOf(origins, chosen);
  if (before === undefined || previous === undefined) return found && { kind: "install", package: found, tag };
  if (chosen !== before) return found && { kind: directionOf(before, chosen), package: found, previous, tag };
  if ((chosen.flags & reinstallFlag) !== 0) return found && { kind: "reinstall", package: found, previous, tag };
  return tag === previous.tag ? undefined : { kind: "repin", previous, tag };
}

function directionOf(before: Package, chosen: Package): "upgrade" | "downgrade" | "replace" {
  const order = compareVersions(chosen.version, before.version);
  return order > 0 ? "upgrade" : order < 0 ? "downgrade" : "replace";
}

/** The first tag that is allowed and that some repository with the package has, or under which it is held already. */
function tagOf({ tags, tagBitOf }: Origins, chosen: Package): string {
  return tags.find((tag) => (tagBitOf(tag) & chosen.allowedTags & chosen.tags) !== 0) ?? "";
}
