import { packageAddress } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import type { ImageOptions } from "./build-options.ts";
import { resolveImage } from "./resolve-image.ts";

/** A package that an image would have. */
export interface ShownPackage {
  readonly name: string;
  readonly version: string;
  /** URL or path of its file, without credentials. */
  readonly source: string;
  /** `Q1…`, or what else its index knows it by. */
  readonly checksum: string;
}

export interface ShownPlatform {
  /** apk's name of the architecture. */
  readonly arch: string;
  /** In install order. */
  readonly packages: readonly ShownPackage[];
}

/** The packages that an image would have, by architecture in the order of the image. @throws as `resolveImage` */
export async function showPackages(ports: Ports, options: ImageOptions): Promise<ShownPlatform[]> {
  const { inputs, resolved } = await resolveImage(ports, options);
  return inputs.archs.map((arch) => ({
    arch,
    packages: (resolved.packages.get(arch) ?? []).map((available) => {
      const { name, version, checksum } = available.record;
      return { name, version, source: packageAddress(available), checksum };
    }),
  }));
}
