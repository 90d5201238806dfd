import { compareBytes } from "@apkmill/core";
import { formatDependency, parseDependency, type Dependency } from "../dependency.ts";

/**
 * A world after more was added to it: of several constraints for one name the last one holds, and takes the place of what
 * was there.
 * @throws ApkError APK_BAD_DEPENDENCY
 */
export function addToWorld(world: readonly string[], added: readonly string[]): string[] {
  return [...new Map([...world, ...added].map((text) => [parseDependency(text).name, text])).values()];
}

/**
 * A world as apk keeps it: one constraint a name, by name without regard to case, then by bytes (A7).
 * @throws ApkError APK_BAD_DEPENDENCY
 */
export function sortWorld(world: readonly string[]): Dependency[] {
  const order = (a: string, b: string): number => compareBytes(a.toLowerCase(), b.toLowerCase()) || compareBytes(a, b);
  return addToWorld([], world)
    .map((text) => parseDependency(text))
    .sort((a, b) => order(a.name, b.name));
}

/** The lines of a world file. */
export function formatWorld(world: readonly Dependency[]): string[] {
  return world.map((dependency) => formatDependency(dependency));
}
