import { mediaTypes, type Descriptor, type ImageConfigFile } from "@apkmill/oci";
import { unusableBase } from "./base-error.ts";
import type { BaseImage } from "./base-image.ts";

/**
 * The configuration file of an image on a base: the base's, with the layers and their history behind its own, and with other labels
 * and time (reference apko §4.6). `own` is what the configuration would give without a base; of its environment only what the base
 * does not set counts.
 */
export function describeOnBase({ platform: { config: base } }: BaseImage, own: ImageConfigFile): ImageConfigFile {
  const history = base.history?.filter(({ empty_layer: isEmpty }) => isEmpty !== true) ?? [];
  const layers = base.rootfs.diff_ids.length;
  const kept = history.length === layers ? base.history : Array.from({ length: layers }, () => unsaid);
  return {
    ...base,
    ...own,
    config: { ...base.config, ...own.config, ...joined(base, own) },
    rootfs: { type: "layers", diff_ids: [...base.rootfs.diff_ids, ...own.rootfs.diff_ids] },
    history: [...(kept ?? []), ...(own.history ?? [])],
  };
}

/** Readers count one entry for each layer. */
const unsaid = { comment: "a layer of the base image" };

function joined(
  { config: base }: ImageConfigFile,
  { config: own }: ImageConfigFile,
): Partial<ImageConfigFile["config"]> {
  const names = new Set(base.Env?.map(nameOf));
  const added = own.Env?.filter((line) => !names.has(nameOf(line))) ?? [];
  const volumes = { ...base.Volumes, ...own.Volumes };
  const ports = { ...base.ExposedPorts, ...own.ExposedPorts };
  return {
    Env: [...(base.Env ?? []), ...added],
    ...(Object.keys(volumes).length === 0 ? {} : { Volumes: volumes }),
    ...(Object.keys(ports).length === 0 ? {} : { ExposedPorts: ports }),
  };
}

function nameOf(line: string): string {
  return line.replace(/=.*$/s, "");
}

const layerTypes: Readonly<Record<string, string>> = {
  "application/vnd.docker.image.rootfs.diff.tar.gzip": mediaTypes.layerGzip,
  "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
};

/** The base's layers as an OCI manifest lists them: the same bytes; Docker's own media types have equals among OCI's. */
export function baseLayers({ name, platform: { manifest } }: BaseImage): Descriptor[] {
  return manifest.layers.map((descriptor) => {
    const mediaType = layerTypes[descriptor.mediaType] ?? descriptor.mediaType;
    if (/^application\/vnd\.oci\.image\.layer\.v1\.tar(\+gzip|\+zstd)?$/.test(mediaType))
      return { ...descriptor, mediaType };
    throw unusableBase(name, `layer ${descriptor.digest} has the media type ${mediaType}`);
  });
}
