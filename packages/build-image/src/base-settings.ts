import { addToWorld } from "@apkmill/apk";
import type { InstalledRoot } from "@apkmill/rootfs";
import type { BaseTree } from "./base-tree.ts";

/**
 * The world of an image on a base: what the base's user asked for, and what this one does. A base that does not say, such as one
 * that is known from a listing only, asks for each of its packages in the version that it has, as apko writes it: otherwise the next
 * `apk add` in the running image would remove them.
 */
export function baseWorld({ world, packages }: InstalledRoot, asked: readonly string[]): string[] {
  const standing = world.length > 0 ? world : packages.map(({ name, version }) => `${name}=${version}`);
  return addToWorld(standing, asked);
}

/** Lines of the base's own list, and those that it lacks: its packages come from there. */
export function baseRepositories(tree: BaseTree, lines: readonly string[]): string[] {
  const source = tree.get("etc/apk/repositories")?.entry.source;
  const text = source?.kind === "generated" ? Buffer.from(source.content).toString("utf8") : "";
  const standing = text.split("\n").filter((line) => line.trim() !== "");
  const added = lines.filter((line) => !standing.includes(line));
  return added.length === 0 ? [] : [...standing, ...added];
}
