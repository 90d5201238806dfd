import type { Ports } from "@apkmill/core";
import { mediaTypes, type ImagePlatform, type OpenedImage } from "@apkmill/oci";
import { buildImage } from "./build-image.ts";
import type { BuildImageOptions, ImageOptions } from "./build-options.ts";
import type { BuiltImagePlatform } from "./built-image.ts";
import { archOf } from "./choose-platforms.ts";
import { layeringStrategies, type LayeringStrategy } from "./plan-layers.ts";

/**
 * The options that an image was built with, as far as the image itself tells: its architectures, its time, how its layers are packed.
 * What `given` says wins. Annotations, packages, repositories and keys beside those of the configuration are not taken from the image:
 * they are claims, which whoever verifies must make.
 */
export function recoverOptions({ platforms }: OpenedImage, given: ImageOptions): ImageOptions {
  const isZstd = platforms.some(({ manifest }) =>
    manifest.layers.some(({ mediaType }) => mediaType === mediaTypes.layerZstd),
  );
  const [time, ...others] = new Set(platforms.map(({ config }) => config.created ?? ""));
  const epoch = Date.parse(time ?? "") / 1000;
  // Platforms of different times were given none: each has that of its newest package.
  const isDated = others.length === 0 && Number.isSafeInteger(epoch);
  return {
    archs: platforms.map(archOf),
    ...(isDated ? { buildDate: epoch } : {}),
    ...(isZstd ? { compression: "zstd" as const } : {}),
    ...withoutEmpty(given),
  };
}

function withoutEmpty(given: ImageOptions): ImageOptions {
  const { archs = [], ...others } = given;
  return { ...others, ...(archs.length === 0 ? {} : { archs }) };
}

/** The layering that gives the image's layers; undefined when none does, so that the configuration's is as good as any. */
export async function recoverLayering(
  ports: Ports,
  { platforms }: OpenedImage,
  options: BuildImageOptions,
): Promise<LayeringStrategy | undefined> {
  for (const layering of [undefined, ...layeringStrategies]) {
    const planned = await buildImage(ports, {
      ...options,
      dryRun: true,
      ...(layering === undefined ? {} : { layering }),
    });
    const isSame = planned.platforms.every((plan, index) => hasLayers(platforms[index], plan));
    if (isSame) return layering;
  }
  return undefined;
}

/** A base image's layers stand below. */
function hasLayers(platform: ImagePlatform | undefined, { layers }: BuiltImagePlatform): boolean {
  const there = (platform?.manifest.layers ?? []).slice(-layers.length).map(({ annotations = {} }) => {
    return [
      annotations["dev.apkmill.layer"],
      ...(annotations["dev.apkmill.packages"] ?? "").split(" ").filter(Boolean),
    ];
  });
  return JSON.stringify(there) === JSON.stringify(layers.map(({ kind, packages }) => [kind, ...packages]));
}
