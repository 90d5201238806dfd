import { digestOf, type Digest, type Ports } from "@apkmill/core";
import { mediaTypes, type Descriptor, type ImageIndex, type LayoutContent } from "@apkmill/oci";
import type { BuildImageOptions } from "./build-options.ts";
import type { BuiltPlatform } from "./build-platform.ts";
import type { ImageInputs } from "./image-inputs.ts";
import { imageJson, imageTime, sortedRecord } from "./image-json.ts";
import { shortName } from "./image-name.ts";
import { describeSboms } from "./image-sboms.ts";
import { writeOutput } from "./write-output.ts";

export interface WrittenImage {
  readonly digest: Digest;
  /** The folder that holds the SBOM files. */
  readonly sboms: string;
}

/** Joins the platforms to an index, describes them, and writes layout or tar, and the SBOM files. */
export async function writeImage(
  ports: Ports,
  inputs: ImageInputs,
  options: BuildImageOptions,
  platforms: readonly BuiltPlatform[],
): Promise<WrittenImage> {
  const bytes = imageJson(describeIndex(inputs, platforms));
  const top: Descriptor = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };
  const name = shortName(inputs.name, options.configPath);
  const vendor = inputs.annotations["org.opencontainers.image.vendor"];
  const { sbomFormats: formats } = options;
  const files = await describeSboms(ports, { name, digest: top.digest, platforms, vcs: inputs.vcs, vendor, formats });
  const blobs = [{ digest: top.digest, bytes }, ...platforms.flatMap((platform) => platform.blobs)];
  const content: LayoutContent = { top, blobs, files, refName: inputs.name.tag };
  const loadable = await withDockerLayers(ports, inputs, options, platforms);
  const sboms = await writeOutput(ports, options, { content, platforms: loadable, name: inputs.name });
  return { digest: top.digest, sboms };
}

/** A tar for Docker has layers that Docker reads. */
async function withDockerLayers(
  ports: Ports,
  { compression }: ImageInputs,
  { output }: BuildImageOptions,
  platforms: readonly BuiltPlatform[],
): Promise<readonly BuiltPlatform[]> {
  if (compression === "gzip" || !output.endsWith(".tar")) return platforms;
  const { dockerLayers } = await import("./docker-layers.ts");
  const loadable: BuiltPlatform[] = [];
  for (const platform of platforms) loadable.push({ ...platform, dockerLayers: await dockerLayers(ports, platform) });
  return loadable;
}

function describeIndex({ annotations }: ImageInputs, platforms: readonly BuiltPlatform[]): ImageIndex {
  const created = imageTime(Math.max(...platforms.map(({ createdEpoch }) => createdEpoch)));
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: platforms.map(({ descriptor }) => descriptor),
    annotations: sortedRecord({ ...annotations, "org.opencontainers.image.created": created }),
  };
}
