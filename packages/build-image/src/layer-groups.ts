import { digestOf, hexOf } from "@apkmill/core";
import type { StoredPackage } from "@apkmill/apk";
import { byName, isAskedFor, orderGroups } from "./order-layers.ts";

/**
 * Which packages share a layer?
 *
 * Contract: the answer for a package depends on that package alone as far as it can, so that adding, removing or changing one
 * moves no other. Where room is short it cannot: then a newcomer may take the place of one other.
 *
 * Steps: the larger packages get a layer each; of more than there is room for, those of the largest sizes, counted in powers of
 * two, as a new version seldom crosses one. The others are joined: dependencies apart from what the configuration names, which
 * changes more often, and each of these two as a tree that is cut by the hashes of the names, so that a part that
 * grows beyond a size is halved and the others stay.
 */
export interface LayerGroup {
  /** Indexes of packages, by name. */
  readonly packages: readonly number[];
  /** For people: why these share a layer. */
  readonly why: string;
}

export interface GroupRequest {
  readonly packages: readonly StoredPackage[];
  /** Indexes of those that are in the tree. */
  readonly installed: readonly number[];
  /** Names that the world asks for. */
  readonly asked: ReadonlySet<string>;
  /** A package below this size gets no layer of its own. */
  readonly atLeastBytes: number;
  /** Layers for single packages at most. */
  readonly most: number;
}

/** One changed package rewrites about this much at most. */
const joinedBytes = 1024 * 1024;
/** A tree is cut three times at most: eight parts. */
const deepest = 3;
/** Layers of several packages at most: two trees. */
export const mostJoined = 2 * 2 ** deepest;

/** The groups in the order of their layers. */
export function groupBySize(request: GroupRequest): LayerGroup[] {
  const { packages, installed, asked, atLeastBytes } = request;
  const own = new Set(ownLayers(request));
  const rest = installed.filter((index) => !own.has(index));
  const isLarge = rest.some((index) => sizeOf(packages, index) >= atLeastBytes);
  const why = isLarge
    ? "packages that are small, or for which no layer of their own was left"
    : "packages too small for a layer of their own";
  const halves = [true, false].map((named) =>
    rest.filter((index) => isAskedFor(packages[index], asked) === named).sort(byName(packages)),
  );
  const groups = [...[...own].map((index) => [index]), ...halves.flatMap((half) => cutByHash(packages, half, 0))];
  return orderGroups(
    groups.map((group) => ({ packages: group, why })),
    packages,
    asked,
  );
}

function ownLayers({ packages, installed, atLeastBytes, most }: GroupRequest): number[] {
  const magnitude = (index: number): number => Math.floor(Math.log2(Math.max(1, sizeOf(packages, index))));
  const names = byName(packages);
  return installed
    .filter((index) => sizeOf(packages, index) >= atLeastBytes)
    .sort((a, b) => magnitude(b) - magnitude(a) || names(a, b))
    .slice(0, Math.max(0, most));
}

/** The packages as they are when they are few bytes together, otherwise halved by the next bit of the hashes of their names. */
function cutByHash(packages: readonly StoredPackage[], members: readonly number[], depth: number): number[][] {
  if (members.length === 0) return [];
  const total = members.reduce((sum, index) => sum + sizeOf(packages, index), 0);
  if (total <= joinedBytes || members.length === 1 || depth === deepest) return [[...members]];
  const bitOf = (index: number): number => hashOf(packages[index]) & (0x80 >> depth);
  const [set, unset] = [true, false].map((wanted) => members.filter((index) => (bitOf(index) !== 0) === wanted));
  return [set ?? [], unset ?? []].flatMap((half) => cutByHash(packages, half, depth + 1));
}

/** The first byte of the hash of a package's name. */
function hashOf(stored: StoredPackage | undefined): number {
  return Number.parseInt(hexOf(digestOf(stored?.control.name ?? "")).slice(0, 2), 16);
}

function sizeOf(packages: readonly StoredPackage[], index: number): number {
  return packages[index]?.data.sizeBytes ?? 0;
}
