import type { StoredPackage } from "@apkmill/apk";
import { compareBytes } from "@apkmill/core";
import {
  entriesOfPackages,
  restatements,
  stackedTree,
  type LayerEntry,
  type PlannedEntry,
  type PlannedPackage,
} from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/**
 * Which bytes become which layer?
 *
 * Contract: unpacking the layers in order gives exactly the planned tree, whatever the strategy. This holds by construction:
 * the stack of the layers so far is computed as the strictest runtime would unpack it, and the last layer restates whatever in it
 * is missing or differs. No layer needs whiteouts.
 *
 * Steps: choose the packages whose data section is used as it is (their reasons when not are kept for `inspect`); join the small
 * ones; compute the stack; restate the rest. The exception: a package whose verbatim layer would leave something that only a
 * deletion could mend is not used verbatim.
 */
export type LayeringStrategy = "auto" | "package" | "origin" | "single";

export interface PlannedLayer {
  readonly kind: "verbatim" | "joined" | "generated";
  /** Indexes of the packages that it holds; none for the generated one. */
  readonly packages: readonly number[];
  /** Entries to write; a verbatim layer has none, as it is written already. */
  readonly entries: readonly PlannedEntry[];
  /** For people: why it is a layer of this kind. */
  readonly why: string;
}

export interface LayerRequest {
  readonly entries: readonly PlannedEntry[];
  readonly packages: readonly StoredPackage[];
  readonly planned: readonly PlannedPackage[];
  readonly strategy: LayeringStrategy;
  /** For `origin`: layers of packages at most. */
  readonly budget: number;
}

/** Docker takes 125 layers in all; a registry's pull is slowed by each. */
const mostVerbatim = 60;
/** A data section below this size is not worth a layer of its own. */
const smallBytes = 16 * 1024;

/** The layers in order, the generated one last. @throws ImageError IMAGE_LAYERS */
export function planLayers(request: LayerRequest): PlannedLayer[] {
  const lower = lowerLayers(request);
  const stack = stackedTree(lower.map((layer) => layerEntries(request, layer)));
  const { entries, surplus } = restatements(request.entries, stack);
  if (surplus.length > 0) return planLayers({ ...request, planned: withoutSurplus(request, lower, surplus) });
  const why = "database, settings and accounts, and what the layers below leave to be said";
  return [...lower, { kind: "generated", packages: leftOver(request, lower), entries, why }];
}

function lowerLayers(request: LayerRequest): PlannedLayer[] {
  switch (request.strategy) {
    case "single":
      return [];
    case "package":
      return installed(request)
        .filter((index) => isVerbatim(request, index))
        .map((index) => verbatim(index));
    case "auto":
      return automatic(request);
    case "origin":
      return byOrigin(request);
  }
}

function verbatim(index: number): PlannedLayer {
  return { kind: "verbatim", packages: [index], entries: [], why: "the package's data section as its signer made it" };
}

function joined(request: LayerRequest, packages: readonly number[], why: string): PlannedLayer {
  return { kind: "joined", packages, entries: entriesOfPackages(request.entries, new Set(packages)), why };
}

/** Packages that are in the tree, in install order. */
function installed({ planned }: LayerRequest): number[] {
  return planned.flatMap(({ kept }, index) => (kept > 0 ? [index] : []));
}

function isVerbatim({ planned }: LayerRequest, index: number): boolean {
  return planned[index]?.verbatim === true;
}

/** The largest packages as they are, in install order, so that what everything builds on comes first; the rest joined above them. */
function automatic(request: LayerRequest): PlannedLayer[] {
  const sizeOf = (index: number): number => request.packages[index]?.data.sizeBytes ?? 0;
  const candidates = installed(request).filter((index) => isVerbatim(request, index) && sizeOf(index) >= smallBytes);
  const largest = new Set([...candidates].sort((a, b) => sizeOf(b) - sizeOf(a) || a - b).slice(0, mostVerbatim));
  const rest = installed(request).filter((index) => !largest.has(index));
  const layers = candidates.filter((index) => largest.has(index)).map((index) => verbatim(index));
  return rest.length === 0
    ? layers
    : [...layers, joined(request, rest, "packages that are small, or that cannot be layers as they are")];
}

/** apko's grouping: by origin and by who replaces whom, the largest groups first, the rest in one (reference apko §6.3). */
function byOrigin(request: LayerRequest): PlannedLayer[] {
  const groups = groupByOrigin(request).sort((a, b) => b.sizeBytes - a.sizeBytes || compareBytes(a.label, b.label));
  const kept = groups.length > request.budget ? groups.slice(0, Math.max(request.budget - 1, 0)) : groups;
  const rest = groups.slice(kept.length).flatMap(({ packages }) => packages);
  const all = [...kept.map(({ packages }) => packages), ...(rest.length === 0 ? [] : [rest])];
  return all.map((packages) => {
    const [only] = packages;
    return only !== undefined && packages.length === 1 && isVerbatim(request, only)
      ? verbatim(only)
      : joined(
          request,
          [...packages].sort((a, b) => a - b),
          "packages of one origin",
        );
  });
}

interface Group {
  readonly label: string;
  readonly sizeBytes: number;
  readonly packages: readonly number[];
}

function groupByOrigin(request: LayerRequest): Group[] {
  const groupOf = new Map<string, Set<number>>();
  const byName = new Map(installed(request).map((index) => [request.packages[index]?.control.name ?? "", index]));
  for (const index of installed(request)) {
    const control = request.packages[index]?.control;
    const group = groupOf.get(control?.origin ?? "") ?? new Set<number>();
    groupOf.set(control?.origin ?? "", group.add(index));
  }
  for (const index of installed(request)) {
    for (const replaced of request.packages[index]?.control.replaces ?? []) {
      const other = byName.get(/^[^<>=~]+/.exec(replaced)?.[0] ?? "");
      if (other !== undefined)
        merge(groupOf, request.packages[index]?.control.origin ?? "", request.packages[other]?.control.origin ?? "");
    }
  }
  return [...new Set(groupOf.values())].map((packages) => ({
    label:
      [...packages]
        .map((index) => request.packages[index]?.control.name ?? "")
        .sort(compareBytes)
        .at(-1) ?? "",
    sizeBytes: [...packages].reduce(
      (sum, index) => sum + (request.packages[index]?.control.installedSizeBytes ?? 0),
      0,
    ),
    packages: [...packages],
  }));
}

function merge(groupOf: Map<string, Set<number>>, a: string, b: string): void {
  const [into, from] = [groupOf.get(a), groupOf.get(b)];
  if (into === undefined || from === undefined || into === from) return;
  for (const index of from) into.add(index);
  for (const [origin, group] of groupOf) if (group === from) groupOf.set(origin, into);
}

/** What a layer unpacks to. */
function layerEntries({ packages }: LayerRequest, layer: PlannedLayer): readonly LayerEntry[] {
  const [index] = layer.packages;
  return layer.kind === "verbatim" ? (packages[index ?? -1]?.contents.entries ?? []) : layer.entries;
}

/** Packages whose files the last layer carries, because no layer below does. */
function leftOver(request: LayerRequest, lower: readonly PlannedLayer[]): number[] {
  const placed = new Set(lower.flatMap(({ packages }) => packages));
  return installed(request).filter((index) => !placed.has(index));
}

/** The same packages, without the verbatim use of those that brought what the plan does not have. */
function withoutSurplus(
  request: LayerRequest,
  lower: readonly PlannedLayer[],
  surplus: readonly string[],
): PlannedPackage[] {
  const unwanted = new Set(surplus);
  const guilty = new Set(
    lower.flatMap((layer) =>
      layer.kind === "verbatim" && layerEntries(request, layer).some(({ path }) => unwanted.has(path))
        ? layer.packages
        : [],
    ),
  );
  if (guilty.size === 0)
    throw new ImageError("IMAGE_LAYERS", `the layers leave ${surplus.slice(0, 5).join(", ")}, which is not planned`, {
      kind: "bug",
    });
  return request.planned.map((planned, index) =>
    guilty.has(index) ? { ...planned, verbatim: false, why: `as a layer it would leave ${surplus[0] ?? ""}` } : planned,
  );
}
