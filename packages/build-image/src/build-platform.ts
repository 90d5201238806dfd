import { fetchPackages, parseDependency, toPlatform, type AvailablePackage, type StoredPackage } from "@apkmill/apk";
import { digestOf, inLanes, requireGoing, type Digest, type Ports } from "@apkmill/core";
import {
  mediaTypes,
  type Descriptor,
  type ImageConfigFile,
  type ImageManifest,
  type LayoutBlob,
  type Platform,
} from "@apkmill/oci";
import {
  loadAccountFiles,
  planInstall,
  type InstallPlan,
  type InstallRequest,
  type PlannedEntry,
  type PlannedPackage,
} from "@apkmill/rootfs";
import type { BaseImage } from "./base-image.ts";
import { describeConfigFile } from "./config-file.ts";
import { customise } from "./customise.ts";
import { imageJson, imageTime, sortedRecord } from "./image-json.ts";
import type { ImageInputs } from "./image-inputs.ts";
import { ImageTree } from "./image-tree.ts";
import { planLayers, type LayerRequest, type PlannedLayer } from "./plan-layers.ts";
import { imageKeys, type ResolvedImage } from "./resolve-packages.ts";
import { writeLayer, type Compression, type WrittenLayer } from "./write-layer.ts";

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

export interface BuiltPlatform extends PlatformPlan {
  readonly descriptor: Descriptor;
  readonly configDigest: Digest;
  readonly manifest: ImageManifest;
  /** What `docker load` is to take in place of the manifest's layers; left out where it can take those. */
  readonly dockerLayers?: readonly Digest[];
  readonly blobs: readonly LayoutBlob[];
}

/** Fetches the packages of one platform and decides its tree and layers. */
export async function planPlatform(
  ports: Ports,
  inputs: ImageInputs,
  resolved: ResolvedImage,
  arch: string,
): Promise<PlatformPlan> {
  const chosen = resolved.packages.get(arch) ?? [];
  const packages = await fetchPackages(ports, chosen);
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
  ports.log.info(`${arch}: ${String(packages.length)} packages in ${String(layers.length)} layers`);
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

/** While zlib's threads compress one layer, this thread reads for the next. */
const layersAtOnce = 2;

/** Writes the layers into the store and joins them to a manifest. */
export async function buildPlatform(
  ports: Ports,
  { config, annotations, compression, runSettings }: ImageInputs,
  plan: PlatformPlan,
): Promise<BuiltPlatform> {
  const layers = await inLanes(plan.layers, layersAtOnce, async (layer): Promise<DescribedLayer> => {
    requireGoing(ports.signal, "writing the layers");
    const written = await writeLayer(ports, plan.packages, layer, compression);
    const labels = layer.packages.map((index) => pinOf(plan.packages[index]));
    return { ...written, kind: layer.kind, why: layer.why, labels };
  });
  const created = imageTime(plan.createdEpoch);
  const labels = sortedRecord({ ...annotations, "org.opencontainers.image.created": created });
  const described = layers.map((layer) => ({ ...layer, comment: commentOf(layer) }));
  const { platform, user } = plan;
  const own = describeConfigFile(config, { platform, user, layers: described, labels, created, runSettings });
  const below = await belowOf(plan.base, own);
  const configBytes = imageJson(below.config);
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(configBytes), size: configBytes.length },
    layers: [...below.layers, ...layers.map((layer) => describeLayer(layer, compression))],
    annotations: sortedRecord({ ...labels, ...below.annotations }),
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
      ...[...below.layers, ...layers].map(({ digest }) => ({ digest, stored: true as const })),
    ],
  };
}

interface Below {
  readonly config: ImageConfigFile;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a base image adds to a manifest, and the configuration that it makes of `own`. */
async function belowOf(base: BaseImage | undefined, own: ImageConfigFile): Promise<Below> {
  if (base === undefined) return { config: own, layers: [], annotations: {} };
  const { baseLayers, describeOnBase } = await import("./base-config.ts");
  const annotations = { "org.opencontainers.image.base.digest": base.platform.descriptor.digest };
  return { config: describeOnBase(base, own), layers: baseLayers(base), annotations };
}

interface DescribedLayer extends WrittenLayer, Pick<PlannedLayer, "kind" | "why"> {
  readonly labels: readonly string[];
}

/** A layer says what it is and what it holds, so that whoever has the image can explain it without us. */
function describeLayer({ digest, sizeBytes, kind, why, labels }: DescribedLayer, compression: Compression): Descriptor {
  const held = labels.length === 0 ? {} : { "dev.apkmill.packages": labels.join(" ") };
  const annotations = { "dev.apkmill.layer": kind, ...held, "dev.apkmill.why": why };
  const mediaType = compression === "zstd" ? mediaTypes.layerZstd : mediaTypes.layerGzip;
  return { mediaType, digest, size: sizeBytes, annotations };
}

function commentOf({ kind, labels }: DescribedLayer): string {
  const text = labels.join(" ");
  const short = text.length <= 200 ? text : `${text.slice(0, 200).replace(/ \S*$/, "")} …`;
  return `${kind === "generated" ? "generated entries" : kind}${short === "" ? "" : `: ${short}`}`;
}

/** `name=version`, as a layer's annotation lists what it holds. */
export function pinOf(stored: StoredPackage | undefined): string {
  return stored === undefined ? "" : `${stored.control.name}=${stored.control.version}`;
}
