import type { Digest } from "@apkmill/core";
import type { Platform } from "@apkmill/oci";
import type { SbomFormat } from "@apkmill/sbom";
import type { BaseImage } from "./base-image.ts";
import { pinOf, type BuiltPlatform } from "./build-platform.ts";
import type { PlatformPlan } from "./plan-platform.ts";
import { placePackages, type PackagePlacement } from "./place-packages.ts";
import type { PlannedLayer } from "./plan-layers.ts";

/** What `image build` answers. */
export interface BuiltImage {
  /** Digest of the image index; undefined for a dry run. */
  readonly digest: Digest | undefined;
  readonly platforms: readonly BuiltImagePlatform[];
  /** The directory, or the tar. */
  readonly layout: string;
}

export interface BuiltImagePlatform {
  /** `os/architecture[/variant]` */
  readonly platform: string;
  readonly digest?: Digest;
  readonly configDigest?: Digest;
  /** What the layers stand on. */
  readonly base?: BuiltBase;
  readonly layers: readonly BuiltLayer[];
  /** `name=version`, in install order. */
  readonly packages: readonly string[];
  /** Where each of them is, and why it is there in this way; same order. */
  readonly placed: readonly PlacedPackage[];
  /** Packages whose data section cannot be a layer as it is, and why. */
  readonly rewritten: readonly { readonly package: string; readonly why: string }[];
  /** Path of the SBOM, in the first of the formats that were asked for. */
  readonly sbom?: string;
  /** Paths of the SBOMs by their formats. */
  readonly sboms?: Readonly<Partial<Record<SbomFormat, string>>>;
}

export interface PlacedPackage extends PackagePlacement {
  /** `name=version` */
  readonly package: string;
}

export interface BuiltBase {
  /** As the configuration names it. */
  readonly image: string;
  /** Of its manifest. */
  readonly digest: Digest;
  readonly layers: number;
  /** `name=version` */
  readonly packages: readonly string[];
}

export interface BuiltLayer extends Pick<PlannedLayer, "kind" | "why"> {
  readonly digest?: Digest;
  readonly sizeBytes?: number;
  readonly packages: readonly string[];
}

/** A platform as users write it: `linux/arm64`, `linux/arm/v7`. */
export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

/** {@link platformText} in one spelling: some write `linux/arm64/v8` for what has one variant only. */
export function platformKey(platform: Platform): string {
  return platformText(platform).replace(/^(linux\/arm64)\/v8$/, "$1");
}

/** What a dry run shows. */
export function describePlan({ platform, base, layers, packages, planned }: PlatformPlan): BuiltImagePlatform {
  const placed = placePackages(layers, planned).map((placement, index) => {
    return { package: pinOf(packages[index]), ...placement };
  });
  return {
    platform: platformText(platform),
    ...(base === undefined ? {} : { base: describeBase(base) }),
    layers: layers.map(({ kind, why, packages: held }) => {
      return { kind, why, packages: held.map((index) => pinOf(packages[index])) };
    }),
    packages: packages.map(pinOf),
    placed,
    rewritten: placed.flatMap(({ package: label, how, why }) => (how === "rewritten" ? [{ package: label, why }] : [])),
  };
}

function describeBase({ name, platform, root }: BaseImage): BuiltBase {
  return {
    image: name,
    digest: platform.descriptor.digest,
    layers: platform.manifest.layers.length,
    packages: root.packages.map((one) => `${one.name}=${one.version}`),
  };
}

/** What a build shows: the plan, and what became of it. */
export function describeBuilt(
  built: BuiltPlatform,
  sboms: Readonly<Partial<Record<SbomFormat, string>>>,
): BuiltImagePlatform {
  const plan = describePlan(built);
  const [sbom] = Object.values(sboms);
  const onTop = built.manifest.layers.slice(built.manifest.layers.length - plan.layers.length);
  const layers = plan.layers.map((layer, index) => {
    const written = onTop[index];
    return written === undefined ? layer : { ...layer, digest: written.digest, sizeBytes: written.size };
  });
  return {
    ...plan,
    layers,
    digest: built.descriptor.digest,
    configDigest: built.configDigest,
    ...(sbom === undefined ? {} : { sbom }),
    sboms,
  };
}
