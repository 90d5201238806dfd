import type { StoredPackage } from "@apkmill/apk";
import {
  entriesOfPackages,
  isWhiteout,
  restatements,
  stackedTree,
  type LayerEntry,
  type PlannedEntry,
  type PlannedPackage,
} from "@apkmill/rootfs";
import { groupByOrigin } from "./group-by-origin.ts";
import { ImageError } from "./image-error.ts";

/**
 * Which bytes become which layer?
 *
 * Contract: unpacking the layers in order gives exactly the planned tree, whatever the strategy. This holds by construction:
 * the stack of the layers so far is computed as the strictest runtime would unpack it, and the last layer restates what in it
 * is missing or differs. No layer needs whiteouts.
 *
 * Steps: choose the packages whose data section is used as it is; join others as the strategy says; compute the stack;
 * restate the rest. The exception: a package whose verbatim layer would leave something that only a deletion could mend is
 * not used verbatim.
 */
export const layeringStrategies = ["auto", "package", "origin", "single"] as const;

export type LayeringStrategy = (typeof layeringStrategies)[number];

export interface PlannedLayer {
  readonly kind: "verbatim" | "joined" | "generated";
  /** Indexes of the packages that it holds; for the generated one those that no layer below holds. */
  readonly packages: readonly number[];
  /** Entries to write; a verbatim layer has none, as it is written already. */
  readonly entries: readonly PlannedEntry[];
  /** For people: why it is a layer of this kind. */
  readonly why: string;
}

export interface LayerRequest {
  /** The whole tree, sorted by path. */
  readonly entries: readonly PlannedEntry[];
  readonly packages: readonly StoredPackage[];
  readonly planned: readonly PlannedPackage[];
  readonly strategy: LayeringStrategy;
  /** For `origin`: layers of packages at most. */
  readonly budget: number;
}

/** Docker takes 125 layers in all; some room is left for who builds on the image. */
const mostLayers = 110;
/** Each layer costs a pull a request and a mount, so `auto` stays well below. */
const mostAutomatic = 60;
/** A data section below this size is not worth a layer of its own. */
const smallBytes = 16 * 1024;

/**
 * The layers in order, the generated one last.
 * @throws ImageError IMAGE_UNSUPPORTED for a name that no layer can hold, IMAGE_LAYERS
 */
export function planLayers(request: LayerRequest): PlannedLayer[] {
  refuseWhiteouts(request.entries);
  const lower = lowerLayers(request);
  const stack = stackedTree(lower.map((layer) => layerEntries(request, layer)));
  const { entries, surplus } = restatements(request.entries, stack);
  if (surplus.length > 0) return planLayers({ ...request, planned: withoutSurplus(request, lower, surplus) });
  const packages = leftOver(request, lower);
  const others = packages.length === 0 ? "" : ", packages that are no layer of their own";
  const why = `database, settings and accounts${others}, and what the layers below leave to be said`;
  return [...lower, { kind: "generated", packages, entries, why }];
}

/** A file of that name cannot be in an image: every runtime would delete another instead. */
function refuseWhiteouts(entries: readonly PlannedEntry[]): void {
  const found = entries.find(({ path }) => isWhiteout(path));
  if (found === undefined) return;
  throw new ImageError(
    "IMAGE_UNSUPPORTED",
    `${found.path} of ${found.reason} cannot be in an image: it means a deletion`,
    {
      hint: "leave out the package, or have it use another name",
      context: { path: found.path },
    },
  );
}

function lowerLayers(request: LayerRequest): PlannedLayer[] {
  switch (request.strategy) {
    case "single":
      return [];
    case "package":
      return largest(request, verbatimPackages(request), mostLayers).map((index) => verbatim(request, index));
    case "auto":
      return automatic(request);
    case "origin":
      return byOrigin(request);
  }
}

function verbatim({ packages }: LayerRequest, index: number): PlannedLayer {
  const isSigners = packages[index]?.format === "v2";
  const why = isSigners
    ? "the package's data section as its signer made it"
    : "the package's files, which its signer hashed";
  return { kind: "verbatim", packages: [index], entries: [], why };
}

function joined(request: LayerRequest, packages: readonly number[], why: string): PlannedLayer {
  return { kind: "joined", packages, entries: entriesOfPackages(request.entries, new Set(packages)), why };
}

/** Packages that are in the tree, in install order: what others build on, and changes least, comes first. */
function installed({ planned }: LayerRequest): number[] {
  return planned.flatMap(({ kept }, index) => (kept > 0 ? [index] : []));
}

function verbatimPackages(request: LayerRequest): number[] {
  return installed(request).filter((index) => request.planned[index]?.verbatim === true);
}

/** The largest of `candidates`, still in install order. */
function largest({ packages }: LayerRequest, candidates: readonly number[], count: number): number[] {
  const sizeOf = (index: number): number => packages[index]?.data.sizeBytes ?? 0;
  const chosen = new Set([...candidates].sort((a, b) => sizeOf(b) - sizeOf(a) || a - b).slice(0, count));
  return candidates.filter((index) => chosen.has(index));
}

/** The larger packages as they are, above them one layer of all the others. */
function automatic(request: LayerRequest): PlannedLayer[] {
  const large = verbatimPackages(request).filter(
    (index) => (request.packages[index]?.data.sizeBytes ?? 0) >= smallBytes,
  );
  const chosen = new Set(largest(request, large, mostAutomatic));
  const rest = installed(request).filter((index) => !chosen.has(index));
  const why = "packages that are small, or that cannot be layers as they are";
  return [
    ...[...chosen].map((index) => verbatim(request, index)),
    ...(rest.length === 0 ? [] : [joined(request, rest, why)]),
  ];
}

/** apko's layers: one for each group of packages that belong together. */
function byOrigin(request: LayerRequest): PlannedLayer[] {
  const budget = Math.min(request.budget, mostLayers);
  return groupByOrigin(request.packages, installed(request), budget).map((group) => {
    const [only] = group;
    const single = group.length === 1 && only !== undefined && request.planned[only]?.verbatim === true;
    return single ? verbatim(request, only) : joined(request, group, "packages of one origin, or the rest of them");
  });
}

/** What a layer unpacks to. */
function layerEntries({ packages }: LayerRequest, layer: PlannedLayer): readonly LayerEntry[] {
  const [index = -1] = layer.packages;
  return layer.kind === "verbatim" ? (packages[index]?.contents.entries ?? []) : layer.entries;
}

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
  const brings = (layer: PlannedLayer): boolean => layerEntries(request, layer).some(({ path }) => unwanted.has(path));
  const guilty = new Set(lower.flatMap((layer) => (layer.kind === "verbatim" && brings(layer) ? layer.packages : [])));
  if (guilty.size === 0) {
    const shown = surplus.slice(0, 5).join(", ");
    throw new ImageError("IMAGE_LAYERS", `the layers leave ${shown}, which is not planned`, { kind: "bug" });
  }
  const why = `as a layer it would leave ${surplus[0] ?? ""}`;
  return request.planned.map((one, index) => (guilty.has(index) ? { ...one, verbatim: false, why } : one));
}
