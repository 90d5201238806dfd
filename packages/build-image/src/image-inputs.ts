import { allArchs, parseDependency, parseLocation, repositoryLine, toApkArch, toOciArch } from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import { compareBytes, type Ports } from "@apkmill/core";
import { atValue } from "./at-value.ts";
import type { BaseImage } from "./base-image.ts";
import type { ImageOptions } from "./build-options.ts";
import { ImageError } from "./image-error.ts";
import { parseImageName, type ImageName } from "./image-name.ts";
import { layeringStrategies, type LayeringStrategy } from "./plan-layers.ts";
import { readRunSettings, type RunSettings } from "./run-settings.ts";
import { compressions, type Compression } from "./write-layer.ts";
import { parseVcsUrl, probeVcs, vcsAnnotations, type VcsRevision } from "./vcs.ts";

/** What configuration and options ask for together: every decision that needs no repository. */
export interface ImageInputs {
  readonly config: ImageConfig;
  readonly name: ImageName;
  /** apk's names, in the order of OCI's, which is that of the index. */
  readonly archs: readonly string[];
  /** What the user asked for. */
  readonly world: readonly string[];
  /** Where packages come from. */
  readonly locations: readonly string[];
  /** Files, folders and URLs of public keys. */
  readonly keyring: readonly string[];
  /** Lines of the image's own `etc/apk/repositories`. */
  readonly repositories: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly vcs: VcsRevision | undefined;
  readonly strategy: LayeringStrategy;
  readonly budget: number;
  readonly compression: Compression;
  /** Exposed ports and health check. */
  readonly runSettings: RunSettings;
  /** What the platforms are built on, by apk's name of the architecture; empty without a base image. */
  readonly bases: ReadonlyMap<string, BaseImage>;
  /** Seconds since the epoch; undefined for the time of the newest package. */
  readonly created: number | undefined;
}

/** @throws ImageError IMAGE_NOTHING_TO_BUILD, IMAGE_SYNTAX, IMAGE_UNSUPPORTED · ApkError ARCH_UNKNOWN */
export async function assembleInputs(ports: Ports, config: ImageConfig, options: ImageOptions): Promise<ImageInputs> {
  const { contents } = config;
  const archs = archsOf(config, options);
  const vcs = parseVcsUrl(config.vcsUrl) ?? (options.vcs === true ? await probe(options) : undefined);
  return {
    config,
    vcs,
    name: parseImageName(options.tag ?? ""),
    archs,
    world: worldOf(config, options),
    locations: locationsOf(config, options),
    keyring: [...contents.keyring, ...(options.keyring ?? [])],
    repositories: repositoriesOf(config, options),
    annotations: { ...config.annotations, ...vcsAnnotations(vcs), ...options.annotations },
    strategy: strategyOf(config, options),
    budget: config.layering?.budget ?? 10,
    compression: compressionOf(options),
    runSettings: readRunSettings(options),
    bases: await basesOf(ports, contents, archs),
    created: options.buildDate ?? epochOf(ports.env["SOURCE_DATE_EPOCH"]),
  };
}

async function basesOf(
  ports: Ports,
  { baseImage }: ImageConfig["contents"],
  archs: readonly string[],
): Promise<ReadonlyMap<string, BaseImage>> {
  if (baseImage === undefined) return new Map();
  const { openBaseImages } = await import("./base-image.ts");
  return openBaseImages(ports, baseImage, archs);
}

function probe({ configPath }: ImageOptions): Promise<VcsRevision | undefined> {
  return probeVcs(configPath, process.cwd());
}

function archsOf(config: ImageConfig, { archs = [] }: ImageOptions): string[] {
  const wanted = archs.length > 0 ? archs : config.archs.length > 0 ? config.archs : ["all"];
  const all = wanted.length === 1 && wanted[0] === "all" ? allArchs : wanted;
  return [...new Set(all.map(toOciArch))].sort(compareBytes).map(toApkArch);
}

function worldOf(config: ImageConfig, { configPath, packages = [] }: ImageOptions): string[] {
  const own = config.contents.packages.map((item) => atValue(config, "contents.packages", item, () => worldItem(item)));
  const world = [...new Set([...own, ...packages.map(worldItem)])];
  if (world.length > 0) return world;
  throw new ImageError("IMAGE_NOTHING_TO_BUILD", `${configPath} asks for no package`, {
    hint: "add contents.packages",
  });
}

/**
 * An item of the image's world. apko writes the tag of a pinned package last, `name=1.2-r0@tag`; apk, which reads the world, before the
 * version. @throws ApkError APK_BAD_DEPENDENCY · ImageError IMAGE_SYNTAX
 */
function worldItem(item: string): string {
  if (item === "") {
    throw new ImageError("IMAGE_SYNTAX", "contents.packages: an item is empty", {
      hint: "remove it; one that begins with `!` stands in quotes",
    });
  }
  const inApkOrder = item.replace(/^([^@<>=~]+)([<>=~]+[^@]+)(@[^@]*)$/, "$1$3$2");
  parseDependency(inApkOrder);
  return inApkOrder;
}

function locationsOf(config: ImageConfig, options: ImageOptions): string[] {
  const { contents } = config;
  const named = {
    "contents.repositories": contents.repositories,
    "contents.build_repositories": contents.buildRepositories,
  };
  for (const [key, locations] of Object.entries(named))
    for (const location of locations) atValue(config, key, location, () => parseLocation(location));
  const { buildRepositories = [], repositories = [] } = options;
  const all = [...contents.buildRepositories, ...contents.repositories, ...buildRepositories, ...repositories];
  if (all.length > 0) return [...new Set(all)];
  throw new ImageError("IMAGE_NOTHING_TO_BUILD", `${options.configPath} names no repository`, {
    hint: "add contents.repositories, or --repository-append",
  });
}

/** Sorted, as apko has them. What a build logs in with is no business of who runs the image. */
function repositoriesOf({ contents }: ImageConfig, { repositories = [] }: ImageOptions): string[] {
  const all = [...contents.repositories, ...contents.runtimeRepositories, ...repositories];
  return [...new Set(all.map(repositoryLine))].sort(compareBytes);
}

function strategyOf(config: ImageConfig, { layering }: ImageOptions): LayeringStrategy {
  const wanted = layering ?? config.layering?.strategy ?? "auto";
  const known = layeringStrategies.find((strategy) => strategy === wanted);
  if (known !== undefined) return known;
  throw new ImageError("IMAGE_UNSUPPORTED", `there is no layering ${JSON.stringify(wanted)}`, {
    hint: `choose one of ${layeringStrategies.join(", ")}`,
  });
}

function compressionOf({ compression = "gzip" }: ImageOptions): Compression {
  const known = compressions.find((each) => each === compression);
  if (known !== undefined) return known;
  throw new ImageError("IMAGE_UNSUPPORTED", `there is no compression ${JSON.stringify(compression)}`, {
    hint: `choose one of ${compressions.join(", ")}`,
  });
}

function epochOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  if (/^\d{1,11}$/.test(text.trim())) return Number(text);
  const found = JSON.stringify(text.slice(0, 50));
  throw new ImageError("IMAGE_SYNTAX", `SOURCE_DATE_EPOCH: expected seconds since the epoch, found ${found}`, {
    hint: "set it to a whole number, or unset it",
  });
}
