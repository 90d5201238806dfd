import { dirname, join } from "node:path";
import { digestOf, writeFileAside, type Digest, type Ports } from "@apkmill/core";
import { mediaTypes, writeLayout, type Descriptor, type ImageIndex, type LayoutContent } from "@apkmill/oci";
import type { BuildImageOptions } from "./build-options.ts";
import type { BuiltPlatform } from "./build-platform.ts";
import { writeDockerTar } from "./docker-tar.ts";
import type { ImageInputs } from "./image-inputs.ts";
import { imageJson, imageTime, sortedRecord } from "./image-json.ts";
import { shortName } from "./image-name.ts";
import { describeSboms } from "./image-sboms.ts";

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
  const files = await describeSboms(ports, { name, digest: top.digest, platforms, vcs: inputs.vcs });
  const blobs = [{ digest: top.digest, bytes }, ...platforms.flatMap((platform) => platform.blobs)];
  const content: LayoutContent = { top, blobs, files, refName: inputs.name.tag };
  const { output, sbomPath } = options;
  if (!output.endsWith(".tar")) {
    await writeLayout(ports.store, output, content);
    if (sbomPath !== undefined) await writeFiles(sbomPath, files);
    return { digest: top.digest, sboms: sbomPath ?? output };
  }
  const sboms = sbomPath ?? dirname(output);
  await writeFiles(sboms, files);
  await writeDockerTar(ports.store, output, content, platforms, inputs.name);
  return { digest: top.digest, sboms };
}

function describeIndex({ annotations }: ImageInputs, platforms: readonly BuiltPlatform[]): ImageIndex {
  const created = imageTime(Math.max(0, ...platforms.map(({ createdEpoch }) => createdEpoch)));
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: platforms.map(({ descriptor }) => descriptor),
    annotations: sortedRecord({ ...annotations, "org.opencontainers.image.created": created }),
  };
}

async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, text] of files) await writeFileAside(join(folder, name), text);
}
