import { append } from "@apkmill/core";
import { saysContained } from "./relationship-types.ts";
import type { SpdxDocument } from "./spdx.ts";

/**
 * The elements that can be reached from one, breadth first, along relationships in both directions, as `A GENERATES B` is
 * `B GENERATED_FROM A`. Those that are not among `elements` lead nowhere.
 */
export function elementsReached(
  start: string,
  { relationships }: SpdxDocument,
  elements: ReadonlyMap<string, unknown>,
): Set<string> {
  const next = new Map<string, string[]>();
  for (const { spdxElementId: from, relatedSpdxElement: to } of relationships) {
    if (!elements.has(from) || !elements.has(to)) continue;
    append(next, from, to);
    append(next, to, from);
  }
  return closure(start, next);
}

/** The elements that are inside of one, by a chain of relationships that say so. */
export function elementsInside(start: string, { relationships }: SpdxDocument): Set<string> {
  const inside = new Map<string, string[]>();
  for (const { spdxElementId: from, relationshipType: type, relatedSpdxElement: to } of relationships) {
    if (type === "CONTAINED_BY") append(inside, to, from);
    else if (saysContained(type)) append(inside, from, to);
  }
  return closure(start, inside);
}

/** A set is walked in the order of insertion, what is added meanwhile included. */
function closure(start: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set([start]);
  for (const at of found) for (const other of next.get(at) ?? []) found.add(other);
  return found;
}
