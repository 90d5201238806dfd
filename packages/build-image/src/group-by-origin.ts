import { isMatch, tryDependency, type StoredPackage } from "@apkmill/apk";
import { compareBytes } from "@apkmill/core";

/**
 * apko's grouping (reference apko §6.3): packages of one origin belong together, and so do packages of which one replaces
 * the other. The largest groups come first; of more groups than `budget` the smallest are one. Packages within a group are
 * in install order.
 */
export function groupByOrigin(
  packages: readonly StoredPackage[],
  chosen: readonly number[],
  budget: number,
): number[][] {
  const groups = mergeGroups(packages, chosen).sort(
    (a, b) =>
      installedSize(packages, b) - installedSize(packages, a) ||
      compareBytes(lastName(packages, a), lastName(packages, b)),
  );
  const kept = groups.length > budget ? groups.slice(0, Math.max(budget - 1, 0)) : groups;
  const rest = groups.slice(kept.length).flat().sort(ascending);
  return rest.length === 0 ? kept : [...kept, rest];
}

function mergeGroups(packages: readonly StoredPackage[], chosen: readonly number[]): number[][] {
  const groupOf = new Map<number, number[]>();
  const merge = (a: number, b: number): void => {
    const [into = [a], from = [b]] = [groupOf.get(a), groupOf.get(b)];
    const all = [...new Set([...into, ...from])].sort(ascending);
    for (const index of all) groupOf.set(index, all);
  };
  const firstOf = new Map<string, number>();
  for (const index of chosen) {
    const origin = packages[index]?.control.origin ?? "";
    merge(firstOf.get(origin) ?? index, index);
    firstOf.set(origin, firstOf.get(origin) ?? index);
  }
  for (const [index, other] of replacements(packages, chosen)) merge(index, other);
  return [...new Set(groupOf.values())];
}

/** Pairs of which the first says that it replaces the second. */
function replacements(packages: readonly StoredPackage[], chosen: readonly number[]): [number, number][] {
  const byName = new Map(chosen.map((index) => [packages[index]?.control.name ?? "", index]));
  return chosen.flatMap((index) =>
    (packages[index]?.control.replaces ?? []).flatMap((text): [number, number][] => {
      const replaced = tryDependency(text);
      if (replaced === undefined) return [];
      const other = byName.get(replaced.name);
      const version = packages[other ?? -1]?.control.version;
      return other === undefined || version === undefined || !isMatch(replaced, version) ? [] : [[index, other]];
    }),
  );
}

function installedSize(packages: readonly StoredPackage[], group: readonly number[]): number {
  return group.reduce((sum, index) => sum + (packages[index]?.control.installedSizeBytes ?? 0), 0);
}

function lastName(packages: readonly StoredPackage[], group: readonly number[]): string {
  const names = group.map((index) => packages[index]?.control.name ?? "");
  return names.sort(compareBytes).at(-1) ?? "";
}

function ascending(a: number, b: number): number {
  return a - b;
}
