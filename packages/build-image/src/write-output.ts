import { dirname, join, resolve } from "node:path";
import { exclusively, removeAsides, stageFiles, type Ports } from "@apkmill/core";
import { writeLayout, type LayoutContent } from "@apkmill/oci";
import type { BuildImageOptions } from "./build-options.ts";
import type { BuiltPlatform } from "./build-platform.ts";
import type { ImageName } from "./image-name.ts";

interface Output {
  readonly content: LayoutContent;
  readonly platforms: readonly BuiltPlatform[];
  readonly name: ImageName;
}

/**
 * Writes an image as a layout or a docker tar, and its SBOM files beside the tar or where they are asked for. Returns the folder that
 * holds them.
 *
 * What takes room is written aside first and takes its names at the end, so that a full disk leaves image and SBOMs as they were.
 * Of processes with one output each has its turn, so that the next can remove what a killed one has left.
 * @throws OciError LAYOUT_OCCUPIED · CoreError FILE_UNWRITABLE, FILE_BUSY, STORE_MISSING, CANCELLED
 */
export async function writeOutput(
  { store, signal }: Pick<Ports, "store" | "signal">,
  { output, sbomPath }: Pick<BuildImageOptions, "output" | "sbomPath">,
  { content, platforms, name }: Output,
): Promise<string> {
  const isTar = output.endsWith(".tar");
  const sboms = sbomPath ?? (isTar ? dirname(output) : output);
  const files = content.files ?? new Map<string, string>();
  const apart = new Map([...files].map(([file, text]) => [join(sboms, file), text]));
  if (!isTar && resolve(sboms) === resolve(output)) apart.clear();

  await exclusively([output, ...apart.keys()], { signal }, async () => {
    for (const path of [...apart.keys(), ...(isTar ? [output] : [])]) await removeAsides(path);
    await withStaged(apart, async () => {
      if (!isTar) return writeLayout(store, output, content, { signal });
      const { writeDockerTar } = await import("./docker-tar.ts");
      return writeDockerTar(store, output, content, platforms, name);
    });
  });
  return sboms;
}

/** Stages the files, does `work`, then lets them be seen; none of them when it fails. */
async function withStaged(files: ReadonlyMap<string, string>, work: () => Promise<void>): Promise<void> {
  const staged = await stageFiles(files);
  try {
    await work();
    staged.commit();
  } catch (error) {
    staged.discard();
    throw error;
  }
}
