import { join } from "node:path";
import {
  allArchs,
  loadKeyring,
  mergeKeyrings,
  openRepositories,
  solveAll,
  toApkArch,
  toOciArch,
  type AvailablePackage,
  type Keyring,
} from "@apkmill/apk";
import { loadImageConfig, type ImageConfig } from "@apkmill/config";
import { digestOf, redactUrl, type Digest, type Ports } from "@apkmill/core";
import { mediaTypes, writeLayout, type Descriptor, type ImageIndex, type Platform } from "@apkmill/oci";
import {
  buildPlatform,
  encode,
  labelOf,
  planPlatform,
  sorted,
  type BuiltPlatform,
  type PlatformPlan,
  type PlatformRequest,
} from "./build-platform.ts";
import { writeDockerTar } from "./docker-tar.ts";
import { ImageError } from "./image-error.ts";
import { describeSboms, sbomName } from "./image-sboms.ts";
import type { LayeringStrategy } from "./plan-layers.ts";
import { requireSupported } from "./supported.ts";

export interface BuildImageOptions {
  /** The apko configuration. */
  readonly configPath: string;
  readonly includePaths?: readonly string[];
  /** Name of the image, such as `hello:latest`; the tag becomes the name inside a layout. */
  readonly tag?: string;
  /** Directory of the layout, or a file that ends in `.tar`. */
  readonly output: string;
  /** In any spelling; those of the configuration when empty. */
  readonly archs?: readonly string[];
  /** Used for building and written into the image. */
  readonly repositories?: readonly string[];
  /** Used for building only. */
  readonly buildRepositories?: readonly string[];
  readonly keyring?: readonly string[];
  readonly packages?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** Left out: that of the configuration, or `auto`. */
  readonly layering?: LayeringStrategy;
  readonly ignoreSignatures?: boolean;
  /** Seconds since the epoch; left out: SOURCE_DATE_EPOCH, or the time of the newest package. */
  readonly buildDate?: number;
  /** Where the SBOM files go beside the layout; left out: only into the layout. */
  readonly sbomPath?: string;
  readonly dryRun?: boolean;
}

export interface BuiltImage {
  /** Digest of the image index; undefined for a dry run. */
  readonly digest: Digest | undefined;
  readonly platforms: readonly BuiltImagePlatform[];
  readonly layout: string;
}

export interface BuiltImagePlatform {
  readonly platform: string;
  readonly digest?: Digest;
  readonly configDigest?: Digest;
  readonly layers: readonly {
    readonly digest?: Digest;
    readonly sizeBytes?: number;
    readonly kind: string;
    readonly why: string;
    readonly packages: readonly string[];
  }[];
  /** `name=version`, in install order. */
  readonly packages: readonly string[];
  /** Path of the SPDX document. */
  readonly sbom?: string;
}

/**
 * Builds an image for every architecture and writes it as a layout or a docker tar, with its SBOMs. A dry run resolves, fetches and
 * plans, and writes nothing outside the store.
 * @throws ImageError, and the errors of configuration, repositories, resolver and layout
 */
export async function buildImage(ports: Ports, options: BuildImageOptions): Promise<BuiltImage> {
  const config = await loadImageConfig(options.configPath, {
    includePaths: options.includePaths ?? [],
    limits: ports.limits,
  });
  requireSupported(config, options.configPath);
  const archs = archsOf(config, options);
  const keyring = mergeKeyrings(await loadKeyring(ports, [...config.contents.keyring, ...(options.keyring ?? [])]));
  const resolved = await resolve(ports, config, options, archs, keyring);
  const requests = archs.map((arch) =>
    platformRequest(config, options, ports, arch, resolved.get(arch) ?? [], keyring),
  );
  const plans: PlatformPlan[] = [];
  for (const request of requests) plans.push(await planPlatform(ports, request));
  if (options.dryRun === true) return { digest: undefined, platforms: plans.map(describePlan), layout: options.output };
  const built: BuiltPlatform[] = [];
  for (const [index, plan] of plans.entries())
    built.push(await buildPlatform(ports, plan, requests[index] ?? unreachable()));
  return writeImage(ports, config, options, built);
}

function unreachable(): never {
  throw new ImageError("IMAGE_LAYERS", "a plan without its request", { kind: "bug" });
}

/** apk's names, each once, in the order of OCI's names, which is that of the index. */
function archsOf(config: ImageConfig, { archs = [] }: BuildImageOptions): string[] {
  const wanted = archs.length > 0 ? archs : config.archs.length > 0 ? config.archs : allArchs;
  const all = wanted.length === 1 && wanted[0] === "all" ? allArchs : wanted;
  return [...new Set(all.map(toOciArch))].sort().map(toApkArch);
}

async function resolve(
  ports: Ports,
  config: ImageConfig,
  options: BuildImageOptions,
  archs: readonly string[],
  keyring: Keyring,
): Promise<Map<string, readonly AvailablePackage[]>> {
  const locations = [
    ...config.contents.buildRepositories,
    ...config.contents.repositories,
    ...(options.buildRepositories ?? []),
    ...(options.repositories ?? []),
  ];
  if (locations.length === 0) {
    throw new ImageError("IMAGE_NOTHING_TO_BUILD", `${options.configPath} names no repository`, {
      hint: "add contents.repositories, or --repository-append",
    });
  }
  const { ignoreSignatures = false } = options;
  const perArch = new Map(
    await Promise.all(
      archs.map(
        async (arch) =>
          [
            arch,
            await openRepositories(ports, { locations: [...new Set(locations)], keyring, arch, ignoreSignatures }),
          ] as const,
      ),
    ),
  );
  return solveAll(perArch, worldOf(config, options));
}

function worldOf(config: ImageConfig, options: BuildImageOptions): string[] {
  const world = [...new Set([...config.contents.packages, ...(options.packages ?? [])])];
  if (world.length > 0) return world;
  throw new ImageError("IMAGE_NOTHING_TO_BUILD", `${options.configPath} asks for no package`, {
    hint: "add contents.packages",
  });
}

function platformRequest(
  config: ImageConfig,
  options: BuildImageOptions,
  { env }: Ports,
  arch: string,
  resolved: readonly AvailablePackage[],
  keyring: Keyring,
): PlatformRequest {
  const { contents } = config;
  return {
    config,
    arch,
    resolved,
    world: worldOf(config, options),
    repositories: [
      ...new Set(
        [...contents.repositories, ...contents.runtimeRepositories, ...(options.repositories ?? [])].map(redactUrl),
      ),
    ].sort(),
    keyring,
    strategy: options.layering ?? (config.layering === undefined ? "auto" : "origin"),
    budget: config.layering?.budget ?? 10,
    created: options.buildDate ?? epochOf(env["SOURCE_DATE_EPOCH"]),
    annotations: { ...config.annotations, ...vcsAnnotations(config.vcsUrl), ...options.annotations },
  };
}

function epochOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  if (/^\d{1,11}$/.test(text.trim())) return Number(text);
  throw new ImageError(
    "IMAGE_SYNTAX",
    `SOURCE_DATE_EPOCH: expected seconds since the epoch, found ${JSON.stringify(text)}`,
  );
}

/** `url@revision` as the annotations that registries show. */
function vcsAnnotations(vcsUrl: string): Record<string, string> {
  const at = vcsUrl.lastIndexOf("@");
  if (at <= 0) return {};
  return {
    "org.opencontainers.image.source": vcsUrl.slice(0, at),
    "org.opencontainers.image.revision": vcsUrl.slice(at + 1),
  };
}

async function writeImage(
  ports: Ports,
  config: ImageConfig,
  options: BuildImageOptions,
  built: readonly BuiltPlatform[],
): Promise<BuiltImage> {
  const created = new Date(Math.max(0, ...built.map(({ createdEpoch }) => createdEpoch)) * 1000)
    .toISOString()
    .replace(/\.000Z$/, "Z");
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: built.map(({ descriptor }) => descriptor),
    annotations: sorted({
      ...config.annotations,
      ...vcsAnnotations(config.vcsUrl),
      ...options.annotations,
      "org.opencontainers.image.created": created,
    }),
  };
  const bytes = encode(index);
  const top: Descriptor = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };
  const files = await describeSboms(ports, {
    name: imageName(options),
    digest: top.digest,
    platforms: built,
    vcsUrl: config.vcsUrl,
  });
  const content = {
    top,
    blobs: [{ digest: top.digest, bytes }, ...built.flatMap(({ blobs }) => blobs)],
    files,
    refName: refNameOf(options),
  };
  const sboms = await writeOutput(ports, options, content, built);
  return {
    digest: top.digest,
    layout: options.output,
    platforms: built.map((platform) => describeBuilt(platform, join(sboms, sbomName(platform.arch)))),
  };
}

/** Writes layout or tar; returns the folder of the SBOM files. */
async function writeOutput(
  ports: Ports,
  options: BuildImageOptions,
  content: Parameters<typeof writeLayout>[2],
  built: readonly BuiltPlatform[],
): Promise<string> {
  const { writeFileAside } = await import("@apkmill/core");
  const asTar = options.output.endsWith(".tar");
  if (asTar) await writeDockerTar(ports.store, options.output, content, built, options.tag ?? "");
  else await writeLayout(ports.store, options.output, content);
  const folder = options.sbomPath ?? (asTar ? join(options.output, "..") : options.output);
  if (asTar || options.sbomPath !== undefined)
    for (const [name, text] of content.files ?? []) await writeFileAside(join(folder, name), text);
  return folder;
}

function imageName({ tag = "", configPath }: BuildImageOptions): string {
  const base =
    tag === ""
      ? configPath
          .replace(/^.*\//, "")
          .replace(/\.ya?ml$/, "")
          .replace(/\.apko$/, "")
      : tag.replace(/^.*\//, "");
  return base.replace(/[:@].*$/, "");
}

function refNameOf({ tag = "" }: BuildImageOptions): string {
  return /:([^/:]+)$/.exec(tag)?.[1] ?? (tag === "" ? "latest" : "latest");
}

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

function describePlan(plan: PlatformPlan): BuiltImagePlatform {
  return {
    platform: platformText(plan.platform),
    layers: plan.layers.map(({ kind, why, packages }) => ({
      kind,
      why,
      packages: packages.map((index) => labelOf(plan.packages[index])),
    })),
    packages: plan.packages.map(labelOf),
  };
}

function describeBuilt(built: BuiltPlatform, sbom: string): BuiltImagePlatform {
  const plan = describePlan(built);
  const layers = plan.layers.map((layer, index) => {
    const written = built.manifest.layers[index];
    return written === undefined ? layer : { ...layer, digest: written.digest, sizeBytes: written.size };
  });
  return { ...plan, layers, digest: built.descriptor.digest, configDigest: built.configDigest, sbom };
}
