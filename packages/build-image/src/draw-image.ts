import { packageAddress, type AvailablePackage } from "@apkmill/apk";
import { isEngineError, type Ports } from "@apkmill/core";
import type { ImageOptions } from "./build-options.ts";
import { drawDependencies, type GraphRequest } from "./dependency-graph.ts";
import { assembleInputs } from "./image-inputs.ts";
import { loadImage } from "./load-image.ts";
import { resolvePackages } from "./resolve-packages.ts";

export interface DrawOptions {
  /** Draws only the first line to each package. */
  readonly isSpanning?: boolean;
  /** Host of a site with pages about packages, by the address of their file: each package gets a link there. */
  readonly explorer?: string | undefined;
}

export interface DrawnImage {
  /** apk's name of the architecture that is drawn. */
  readonly arch: string;
  /** In the language of graphviz. */
  readonly graph: string;
  /** False where there is no set of packages; the graph then says why. */
  readonly isResolved: boolean;
}

/**
 * Draws what the first architecture of an image would be made of, and why. A request that cannot be satisfied is drawn as well.
 * @throws ConfigError · ImageError IMAGE_… · ApkError KEY_…, INDEX_… · CoreError HTTP_…
 */
export async function drawImage(
  ports: Ports,
  options: ImageOptions,
  { isSpanning = false, explorer }: DrawOptions = {},
): Promise<DrawnImage> {
  const { config } = await loadImage(ports, options);
  const inputs = await assembleInputs(ports, config, options);
  const [arch = ""] = inputs.archs;
  const base = { root: options.configPath, world: inputs.world, isSpanning };
  const solved = await solveOne(ports, { ...inputs, archs: [arch] }, options);
  const packages = solved.packages.map((available) => ({ record: available.record, url: pageOf(available, explorer) }));
  const graph = drawDependencies({ ...base, packages, failure: solved.failure });
  return { arch, graph, isResolved: solved.failure === undefined };
}

interface Solved extends Pick<GraphRequest, "failure"> {
  readonly packages: readonly AvailablePackage[];
}

async function solveOne(
  ports: Ports,
  inputs: Parameters<typeof resolvePackages>[1],
  options: ImageOptions,
): Promise<Solved> {
  try {
    const { packages } = await resolvePackages(ports, inputs, options);
    return { packages: [...packages.values()].flat() };
  } catch (error) {
    if (!isEngineError(error) || error.reasons.length === 0) throw error;
    return { packages: [], failure: error };
  }
}

/** `https://EXPLORER/https/host/path/name.apk`, as apko links; a folder of this machine is not on any site. */
function pageOf(available: AvailablePackage, explorer: string | undefined): string | undefined {
  const file = packageAddress(available);
  if (explorer === undefined || !/^https?:\/\//i.test(file)) return undefined;
  const address = file.replace("://", "/").replaceAll(":", "/");
  return `https://${explorer}/${address}`.replace(/(?<!:)\/{2,}/g, "/");
}
