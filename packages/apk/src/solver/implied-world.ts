import type { InstalledRecord } from "../installed-package.ts";
import { dependenciesOf } from "./installed-dependants.ts";

/**
 * A world under which everything installed stays, for a database that came without one: the packages that no other one needs,
 * under the tags that they are held by. Of packages that need each other in a circle it has the first.
 * @throws ApkError APK_RESOLVE_LIMIT
 */
export function impliedWorld(installed: readonly InstalledRecord[]): string[] {
  const needs = dependenciesOf(installed);
  const needed = new Set([...needs].flatMap(([record, others]) => others.filter((other) => other !== record)));
  const roots = installed.filter((record) => !needed.has(record));
  const reached = new Set<InstalledRecord>();
  const world: InstalledRecord[] = [];
  for (const record of [...roots, ...installed]) {
    if (reached.has(record)) continue;
    world.push(record);
    reach(record, needs, reached);
  }
  return world.map(({ name, tag }) => (tag === "" ? name : `${name}@${tag}`));
}

function reach(
  from: InstalledRecord,
  needs: ReadonlyMap<InstalledRecord, readonly InstalledRecord[]>,
  reached: Set<InstalledRecord>,
): void {
  const open = [from];
  for (let record = open.pop(); record !== undefined; record = open.pop()) {
    if (reached.has(record)) continue;
    reached.add(record);
    // One by one: there may be more than the engine takes arguments.
    for (const needed of needs.get(record) ?? []) open.push(needed);
  }
}
