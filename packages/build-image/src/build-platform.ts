import { toPlatform, type AvailablePackage, type Keyring, fetchPackages, type StoredPackage } from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import { digestOf, type Digest, type Ports } from "@apkmill/core";
import { mediaTypes, type Descriptor, type ImageManifest, type LayoutBlob, type Platform } from "@apkmill/oci";
import { loadAccountFiles, planInstall, type PlannedEntry } from "@apkmill/rootfs";
import { addAccounts, resolveRunAs, type ReadText } from "./accounts.ts";
import { addBusyboxLinks } from "./busybox-links.ts";
import { describeConfigFile } from "./config-file.ts";
import { ImageTree } from "./image-tree.ts";
import { applyPaths } from "./paths.ts";
import { planLayers, type LayeringStrategy, type PlannedLayer } from "./plan-layers.ts";
import { readPlannedFile } from "./read-file.ts";
import { writeLayer } from "./write-layer.ts";

export interface PlatformRequest {
  readonly config: ImageConfig;
  /** apk's name. */
  readonly arch: string;
  /** Resolved, in install order. */
  readonly resolved: readonly AvailablePackage[];
  /** What the user asked for. */
  readonly world: readonly string[];
  /** Lines of `etc/apk/repositories`. */
  readonly repositories: readonly string[];
  readonly keyring: Keyring;
  readonly strategy: LayeringStrategy;
  readonly budget: number;
  /** Seconds since the epoch, or undefined for the time of the newest package. */
  readonly created: number | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is decided before a layer is written: everything that `--dry-run` shows. */
export interface PlatformPlan {
  readonly arch: string;
  readonly platform: Platform;
  readonly packages: readonly StoredPackage[];
  readonly tree: ImageTree;
  readonly entries: readonly PlannedEntry[];
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
export async function planPlatform(ports: Ports, request: PlatformRequest): Promise<PlatformPlan> {
  const { config, arch, keyring } = request;
  const packages = await fetchPackages(ports, request.resolved);
  const createdEpoch = request.created ?? Math.max(0, ...packages.map(({ control }) => control.buildTime));
  const installed = planInstall({
    packages,
    accountFiles: await loadAccountFiles(ports, packages),
    world: request.world,
    arch,
    keys: [
      ...keyring.keys.values(),
      ...config.contents.runtimeKeyring.map(({ name, content }) => ({ name, pem: content })),
    ],
    repositories: request.repositories,
    identicalFiles: "keep-first",
    limits: ports.limits,
  });
  const tree = new ImageTree(installed.entries, 0);
  const user = await customise(ports, packages, tree, config);
  const entries = tree.entries();
  const { strategy, budget } = request;
  const layers = planLayers({ entries, packages, planned: installed.packages, strategy, budget });
  return { arch, platform: toPlatform(arch), packages, tree, entries, layers, user, createdEpoch };
}

/** The configuration's own parts, in apko's order. Returns the image's user. */
async function customise(
  ports: Ports,
  packages: readonly StoredPackage[],
  tree: ImageTree,
  config: ImageConfig,
): Promise<string> {
  const readText: ReadText = async (path) => {
    const entry = tree.follow(path);
    return entry?.type === "file" || entry?.type === "hardlink"
      ? (await readPlannedFile(ports, packages, entry)).toString("utf8")
      : "";
  };
  const passwd = await addAccounts(tree, config, readText);
  applyPaths(tree, config.paths);
  await addBusyboxLinks(tree, readText);
  return resolveRunAs(config.accounts.runAs, passwd);
}

/** Writes the layers into the store and joins them to a manifest. */
export async function buildPlatform(
  ports: Ports,
  plan: PlatformPlan,
  { config, annotations }: PlatformRequest,
): Promise<BuiltPlatform> {
  const { packages, platform, user } = plan;
  const layers = [];
  for (const layer of plan.layers) {
    const labels = layer.packages.map((index) => labelOf(packages[index]));
    const comment =
      layer.kind === "generated" ? "apkmill: what is generated" : `apkmill: ${labels.join(" ").slice(0, 200)}`;
    layers.push({ ...(await writeLayer(ports, packages, layer)), comment, labels });
  }
  const created = new Date(plan.createdEpoch * 1000).toISOString().replace(/\.000Z$/, "Z");
  const labels = sorted({ ...annotations, "org.opencontainers.image.created": created });
  const configBytes = encode(describeConfigFile(config, { platform, user, layers, labels, created }));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(configBytes), size: configBytes.length },
    layers: layers.map(({ digest, sizeBytes, labels: held }) => ({
      mediaType: mediaTypes.layerGzip,
      digest,
      size: sizeBytes,
      ...(held.length === 0 ? {} : { annotations: { "dev.apkmill.packages": held.join(" ") } }),
    })),
    annotations: labels,
  };
  const manifestBytes = encode(manifest);
  return {
    ...plan,
    manifest,
    configDigest: digestOf(configBytes),
    descriptor: {
      mediaType: mediaTypes.manifest,
      digest: digestOf(manifestBytes),
      size: manifestBytes.length,
      platform,
    },
    blobs: [
      { digest: digestOf(manifestBytes), bytes: manifestBytes },
      { digest: digestOf(configBytes), bytes: configBytes },
      ...layers.map(({ digest }) => ({ digest, stored: true as const })),
    ],
  };
}

/** `name=version`, as a layer's annotation lists what it holds. */
export function labelOf(stored: StoredPackage | undefined): string {
  return stored === undefined ? "" : `${stored.control.name}=${stored.control.version}`;
}

export function encode(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** The same record with its keys in code-unit order, so that JSON is the same whatever order the annotations came in. */
export function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
