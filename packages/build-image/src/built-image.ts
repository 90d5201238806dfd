import type { Digest } from "@apkmill/core";
import type { Platform } from "@apkmill/oci";
import { labelOf, type BuiltPlatform, type PlatformPlan } from "./build-platform.ts";
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
  readonly layers: readonly BuiltLayer[];
  /** `name=version`, in install order. */
  readonly packages: readonly string[];
  /** Packages whose data section cannot be a layer as it is, and why. */
  readonly rewritten: readonly { readonly package: string; readonly why: string }[];
  /** Path of the SPDX document. */
  readonly sbom?: string;
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

/** What a dry run shows. */
export function describePlan({ platform, layers, packages, planned }: PlatformPlan): BuiltImagePlatform {
  return {
    platform: platformText(platform),
    layers: layers.map(({ kind, why, packages: held }) => {
      return { kind, why, packages: held.map((index) => labelOf(packages[index])) };
    }),
    packages: packages.map(labelOf),
    rewritten: planned.flatMap(({ kept, verbatim, why }, index) =>
      kept === 0 || verbatim ? [] : [{ package: labelOf(packages[index]), why }],
    ),
  };
}

/** What a build shows: the plan, and what became of it. */
export function describeBuilt(built: BuiltPlatform, sbom: string): BuiltImagePlatform {
  const plan = describePlan(built);
  const layers = plan.layers.map((layer, index) => {
    const written = built.manifest.layers[index];
    return written === undefined ? layer : { ...layer, digest: written.digest, sizeBytes: written.size };
  });
  return { ...plan, layers, digest: built.descriptor.digest, configDigest: built.configDigest, sbom };
}
