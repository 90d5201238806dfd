import type { Reason } from "@apkmill/core";
import { formatDependency } from "../dependency.ts";
import type { Origins } from "./origins.ts";
import { namesMeant, type VerbPlan } from "./plan-verb.ts";
import type { Verb } from "./verb.ts";

/** What apk refuses before it resolves anything: names that nobody ever mentioned, and tags that no repository has. */
export function refusalsOf(origins: Origins, verb: Verb, { world }: VerbPlan): Reason[] {
  return [...unknownNames(origins, verb, world), ...missingTags(origins, world)];
}

function unknownNames({ catalog }: Origins, verb: Verb, world: VerbPlan["world"]): Reason[] {
  const wanted = new Set(world.map(({ name }) => name));
  return namesMeant(verb)
    .filter((name) => catalog.names.find(name) < 0 && !wanted.has(name))
    .map((name) => ({ constraint: name, note: "no such package", requiredBy: [], candidates: [] }));
}

function missingTags({ repositories }: Origins, world: VerbPlan["world"]): Reason[] {
  const tags = new Set(["", ...repositories.map(({ tag }) => tag)]);
  return world
    .filter(({ tag }) => !tags.has(tag))
    .map((dependency) => ({
      constraint: formatDependency(dependency),
      note: `no repository has the tag ${dependency.tag}`,
      requiredBy: [`world[${formatDependency(dependency)}]`],
      candidates: [],
    }));
}
