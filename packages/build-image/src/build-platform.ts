import { fetchPackages, parseDependency, toPlatform, type AvailablePackage, type StoredPackage } from "@apkmill/apk";
import { digestOf, type Digest, type Ports } from "@apkmill/core";
import { mediaTypes, type Descriptor, type ImageManifest, type LayoutBlob, type Platform } from "@apkmill/oci";
import {
  loadAccountFiles,
  planInstall,
  type InstallPlan,
  type PlannedEntry,
  type PlannedPackage,
} from "@apkmill/rootfs";
import { describeConfigFile } from "./config-file.ts";
import { customise } from "./customise.ts";
import { imageJson, imageTime, sortedRecord } from "./image-json.ts";
import type { ImageInputs } from "./image-inputs.ts";
import { ImageTree } from "./image-tree.ts";
import { planLayers, type PlannedLayer } from "./plan-layers.ts";
import { imageKeys, type ResolvedImage } from "./resolve-packages.ts";
import { writeLayer, type WrittenLayer } from "./write-layer.ts";

/** What is decided before a layer is written: everything that `--dry-run` shows. */
export interface PlatformPlan {
  /** apk's name. */
  readonly arch: string;
  readonly platform: Platform;
  /** In install order. */
  readonly packages: readonly StoredPackage[];
  /** What became of each of them. */
  readonly planned: readonly PlannedPackage[];
  readonly tree: ImageTree;
  readonly layers: readonly PlannedLayer[];
  readonly user: string;
  readonly createdEpoch: number;
}

export interface BuiltPlatform extends PlatformPlan {
  readonly descriptor: Descriptor;
  readonly configDigest: Digest;
  readonly manifest: ImageManifest;
  readonly blobs: readonly LayoutBlob[];
}

/** Fetches the packages of one platform and decides its tree and layers. */
export async function planPlatform(
  ports: Ports,
  inputs: ImageInputs,
  resolved: ResolvedImage,
  arch: string,
): Promise<PlatformPlan> {
  const available = resolved.packages.get(arch) ?? [];
  const packages = await fetchPackages(ports, available);
  const createdEpoch = inputs.created ?? Math.max(0, ...packages.map(({ control }) => control.buildTime));
  const installed = await planPackages(ports, inputs, resolved, arch, { packages, available });
  const tree = new ImageTree(installed.entries, 0);
  const { user, warnings } = await customise(ports, tree, inputs.config, { packages, mtime: createdEpoch });
  for (const warning of warnings) ports.log.warn(`${arch}: ${warning}`);
  const entries: readonly PlannedEntry[] = tree.entries();
  const { strategy, budget } = inputs;
  const planned = installed.packages;
  const layers = planLayers({ entries, packages, planned, strategy, budget });
  ports.log.info(`${arch}: ${String(packages.length)} packages in ${String(layers.length)} layers`);
  return { arch, platform: toPlatform(arch), packages, planned, tree, layers, user, createdEpoch };
}

async function planPackages(
  ports: Ports,
  { config, world, repositories }: ImageInputs,
  { keyring }: ResolvedImage,
  arch: string,
  {
    packages,
    available,
  }: { readonly packages: readonly StoredPackage[]; readonly available: readonly AvailablePackage[] },
): Promise<InstallPlan> {
  const pins = world.map(parseDependency).filter(({ tag }) => tag !== "");
  return planInstall({
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
  });
}

/** Writes the layers into the store and joins them to a manifest. */
export async function buildPlatform(
  ports: Ports,
  { config, annotations }: ImageInputs,
  plan: PlatformPlan,
): Promise<BuiltPlatform> {
  const layers: DescribedLayer[] = [];
  for (const layer of plan.layers) {
    const written = await writeLayer(ports, plan.packages, layer);
    layers.push({ ...written, kind: layer.kind, labels: layer.packages.map((index) => labelOf(plan.packages[index])) });
  }
  const created = imageTime(plan.createdEpoch);
  const labels = sortedRecord({ ...annotations, "org.opencontainers.image.created": created });
  const described = layers.map((layer) => ({ ...layer, comment: commentOf(layer) }));
  const { platform, user } = plan;
  const configBytes = imageJson(describeConfigFile(config, { platform, user, layers: described, labels, created }));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(configBytes), size: configBytes.length },
    layers: layers.map(describeLayer),
    annotations: labels,
  };
  const bytes = imageJson(manifest);
  return {
    ...plan,
    manifest,
    configDigest: manifest.config.digest,
    descriptor: { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.length, platform },
    blobs: [
      { digest: digestOf(bytes), bytes },
      { digest: manifest.config.digest, bytes: configBytes },
      ...layers.map(({ digest }) => ({ digest, stored: true as const })),
    ],
  };
}

interface DescribedLayer extends WrittenLayer, Pick<PlannedLayer, "kind"> {
  readonly labels: readonly string[];
}

/** A layer says what it is and what it holds, so that whoever has the image can explain it without us. */
function describeLayer({ digest, sizeBytes, kind, labels }: DescribedLayer): Descriptor {
  const held = labels.length === 0 ? {} : { "dev.apkmill.packages": labels.join(" ") };
  const annotations = { "dev.apkmill.layer": kind, ...held };
  return { mediaType: mediaTypes.layerGzip, digest, size: sizeBytes, annotations };
}

function commentOf({ kind, labels }: DescribedLayer): string {
  const text = labels.join(" ");
  const short = text.length <= 200 ? text : `${text.slice(0, 200).replace(/ \S*$/, "")} …`;
  return `${kind === "generated" ? "generated entries" : kind}${short === "" ? "" : `: ${short}`}`;
}

/** `name=version`, as a layer's annotation lists what it holds. */
export function labelOf(stored: StoredPackage | undefined): string {
  return stored === undefined ? "" : `${stored.control.name}=${stored.control.version}`;
}
