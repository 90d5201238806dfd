import { parseDependency, toPlatform, type AvailablePackage, type StoredPackage } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import type { Platform } from "@apkmill/oci";
import {
  loadAccountFiles,
  planInstall,
  type InstallPlan,
  type InstallRequest,
  type PlannedEntry,
  type PlannedPackage,
} from "@apkmill/rootfs";
import type { BaseImage } from "./base-image.ts";
import { customise } from "./customise.ts";
import type { ImageInputs } from "./image-inputs.ts";
import { ImageTree } from "./image-tree.ts";
import { planLayers, type LayerRequest, type PlannedLayer } from "./plan-layers.ts";
import type { ResolvedImage } from "./resolve-packages.ts";
import { imageKeys } from "./runtime-keys.ts";

/** What is decided before a layer is written: everything that `--dry-run` shows. */
export interface PlatformPlan {
  /** apk's name. */
  readonly arch: string;
  readonly platform: Platform;
  /** In install order. */
  readonly packages: readonly StoredPackage[];
  /** What became of each of them. */
  readonly planned: readonly PlannedPackage[];
  /** What the layers stand on. */
  readonly base: BaseImage | undefined;
  readonly tree: ImageTree;
  readonly layers: readonly PlannedLayer[];
  readonly user: string;
  readonly createdEpoch: number;
}

/** Decides the tree and the layers of one platform, whose packages are in the store. */
export async function planPlatform(
  ports: Ports,
  inputs: ImageInputs,
  resolved: ResolvedImage,
  arch: string,
  packages: readonly StoredPackage[],
): Promise<PlatformPlan> {
  const chosen = resolved.packages.get(arch) ?? [];
  const available = resolved.confirm?.(arch, chosen, packages) ?? chosen;
  const base = inputs.bases.get(arch);
  const times = [...packages.map(({ control }) => control), ...(base?.root.packages ?? [])];
  const createdEpoch = inputs.created ?? Math.max(0, ...times.map(({ buildTime }) => buildTime));
  const installed = await planPackages(ports, inputs, resolved, arch, { packages, available });
  const tree = new ImageTree(installed.entries, 0, ports.limits);
  const { user, warnings } = await customise(ports, tree, inputs.config, { packages, arch, mtime: createdEpoch });
  for (const warning of warnings) ports.log.warn(`${arch}: ${warning}`);
  const entries: readonly PlannedEntry[] = tree.entries();
  const { strategy, budget, world } = inputs;
  const planned = installed.packages;
  const layers = planLayers({ entries, packages, planned, strategy, budget, world, ...(await standingOn(base)) });
  ports.log.info(`${arch}: packages: ${String(packages.length)}, layers: ${String(layers.length)}`);
  return { arch, platform: toPlatform(arch), packages, planned, base, tree, layers, user, createdEpoch };
}

async function planPackages(
  ports: Ports,
  { config, world, repositories, bases }: ImageInputs,
  { keyring }: ResolvedImage,
  arch: string,
  {
    packages,
    available,
  }: { readonly packages: readonly StoredPackage[]; readonly available: readonly AvailablePackage[] },
): Promise<InstallPlan> {
  const pins = world.map(parseDependency).filter(({ tag }) => tag !== "");
  const request: InstallRequest = {
    packages,
    accountFiles: await loadAccountFiles(ports, packages),
    world,
    arch,
    keys: imageKeys(config, keyring),
    repositories,
    records: new Map(available.map(({ record }, index) => [index, record])),
    pins: new Map(pins.map(({ name, tag }) => [name, tag])),
    identicalFiles: "keep-first",
    limits: ports.limits,
  };
  const base = bases.get(arch);
  if (base === undefined) return planInstall(request);
  const { planOnBase } = await import("./base-plan.ts");
  const plan = planOnBase(base, request);
  for (const { path, reason } of plan.kept) ports.log.warn(`${arch}: ${path} of the base image stays: ${reason}`);
  return plan;
}

async function standingOn(base: BaseImage | undefined): Promise<Pick<LayerRequest, "baseLayers" | "below">> {
  if (base === undefined) return {};
  const { certainEntries } = await import("./base-tree.ts");
  return { baseLayers: base.platform.manifest.layers.length, below: certainEntries(base.tree) };
}
