import type { StoredPackage } from "@apkmill/apk";
import {
  contentIn,
  isWhiteout,
  restatements,
  stackedTree,
  type LayerEntry,
  type PlannedEntry,
  type PlannedPackage,
} from "@apkmill/rootfs";
import { groupByOrigin } from "./group-by-origin.ts";
import { ImageError } from "./image-error.ts";
import { layerEntriesOf, type EntriesOf } from "./layer-entries.ts";
import { groupBySize, mostJoined, type LayerGroup } from "./layer-groups.ts";
import { askedNames } from "./order-layers.ts";

/**
 * Which bytes become which layer?
 *
 * Contract: unpacking the layers in order gives exactly the planned tree, whatever the strategy. This holds by construction:
 * the stack of the layers so far is computed as the strictest runtime would unpack it, and the last layer restates what in it
 * is missing or differs. No layer needs whiteouts. A change of one package changes the layer that holds it, and the last.
 *
 * Steps: group the packages as the strategy says; a group of one whose data section can be used as it is, is; others are written
 * anew; compute the stack; restate the rest. The exception: a package whose verbatim layer would leave something that only a
 * deletion could mend is not used verbatim.
 */
export const layeringStrategies = ["auto", "package", "origin", "single"] as const;

export type LayeringStrategy = (typeof layeringStrategies)[number];

export interface PlannedLayer {
  /** `verbatim`: the data section of one package. `rewritten`: one package, written anew. `joined`: several, written anew. */
  readonly kind: "verbatim" | "rewritten" | "joined" | "generated";
  /** Indexes of the packages that it holds, by name; for the generated one those that no layer below holds. */
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
  /** What the user asked for, as constraints: it changes more often than what that depends on. */
  readonly world: readonly string[];
  /** Layers that stand below all of these already. */
  readonly baseLayers?: number;
  /** What these layers leave for certain, in an order that hard links allow. */
  readonly below?: readonly LayerEntry[];
}

/** Docker takes 125 layers in all; some room is left for who builds on the image. */
const mostLayers = 110;
/** Each layer costs a pull a request and a mount, so `auto` stays below; but what is joined is compressed again, and stored twice. */
const mostAutomatic = 80;
/** A data section below this size is not worth a layer of its own. */
const smallBytes = 16 * 1024;

/**
 * The layers in order, the generated one last.
 * @throws ImageError IMAGE_UNSUPPORTED for an entry that no layer can hold, IMAGE_LAYERS
 */
export function planLayers(request: LayerRequest): PlannedLayer[] {
  refuseDeletions(request);
  const entriesOf = layerEntriesOf(request.entries, request.packages);
  const lower = groupPackages(request).map((group) => formLayer(request, group, entriesOf));
  const stack = stackedTree([request.below ?? [], ...lower.map((layer) => layerEntries(request, layer))]);
  const { entries, surplus } = restatements(request.entries, stack, contentIn(request.packages));
  if (surplus.length > 0) return planLayers({ ...request, planned: withoutSurplus(request, lower, surplus) });
  const packages = leftOver(request, lower);
  const others = packages.length === 0 ? "" : ", packages as one layer was to hold them";
  const why = `database, settings and accounts${others}, and what the layers below leave to be said`;
  return [...lower, { kind: "generated", packages, entries, why }];
}

/** Instead of such an entry runtimes would delete or rename what others have. The plan says it of packages; a configuration has names only. */
function refuseDeletions({ entries, planned }: LayerRequest): void {
  for (const { label, deletion } of planned) if (deletion !== undefined) throw refusal(label, deletion);
  const found = entries.find(({ path }) => isWhiteout(path));
  if (found !== undefined) throw refusal(found.reason, { path: found.path, reason: "its name means a deletion" });
}

function refusal(owner: string, { path, reason }: { readonly path: string; readonly reason: string }): ImageError {
  return new ImageError("IMAGE_UNSUPPORTED", `${path} of ${owner} cannot be in an image: ${reason}`, {
    hint: "leave out the package, or build it again without that",
    context: { path },
  });
}

function groupPackages(request: LayerRequest): LayerGroup[] {
  const { packages, strategy, budget, world } = request;
  const room = mostLayers - (request.baseLayers ?? 0);
  const installed = installedPackages(request);
  if (room <= mostJoined) return [];
  switch (strategy) {
    case "single":
      return [];
    case "package": {
      const most = installed.length <= room ? room : room - mostJoined;
      return groupBySize({ packages, installed, asked: askedNames(world), atLeastBytes: 0, most });
    }
    case "auto": {
      const most = Math.min(mostAutomatic, room - mostJoined);
      return groupBySize({ packages, installed, asked: askedNames(world), atLeastBytes: smallBytes, most });
    }
    case "origin": {
      const why = "packages of one origin, or the rest of them";
      return groupByOrigin(packages, installed, Math.min(budget, room)).map((group) => ({ packages: group, why }));
    }
  }
}

/** Packages of which something is in the tree. */
function installedPackages({ planned }: LayerRequest): number[] {
  return planned.flatMap(({ kept }, index) => (kept > 0 ? [index] : []));
}

function formLayer({ packages, planned }: LayerRequest, group: LayerGroup, entriesOf: EntriesOf): PlannedLayer {
  const [index = -1, ...others] = group.packages;
  if (others.length > 0)
    return { kind: "joined", packages: group.packages, entries: entriesOf(group.packages), why: group.why };
  const { verbatim = false, why = "" } = planned[index] ?? {};
  if (!verbatim) return { kind: "rewritten", packages: [index], entries: entriesOf([index]), why };
  const isSigners = packages[index]?.format === "v2";
  const origin = isSigners
    ? "the package's data section as its signer made it"
    : "the package's files, which its signer hashed";
  return { kind: "verbatim", packages: [index], entries: [], why: origin };
}

/** What a layer unpacks to. */
function layerEntries({ packages }: LayerRequest, layer: PlannedLayer): readonly LayerEntry[] {
  const [index = -1] = layer.packages;
  return layer.kind === "verbatim" ? (packages[index]?.contents.entries ?? []) : layer.entries;
}

function leftOver(request: LayerRequest, lower: readonly PlannedLayer[]): number[] {
  const placed = new Set(lower.flatMap(({ packages }) => packages));
  return installedPackages(request).filter((index) => !placed.has(index));
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
