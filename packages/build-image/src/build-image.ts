import { fetchPackages, withUnpacking, type StoredPackage } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import type { BuildImageOptions } from "./build-options.ts";
import { buildPlatform, type BuiltPlatform } from "./build-platform.ts";
import { planPlatform, type PlatformPlan } from "./plan-platform.ts";
import { describeBuilt, describePlan, type BuiltImage } from "./built-image.ts";
import type { ImageInputs } from "./image-inputs.ts";
import { sbomPaths } from "./image-sboms.ts";
import { resolveImage } from "./resolve-image.ts";
import type { ResolvedImage } from "./resolve-packages.ts";
import { writeImage } from "./write-image.ts";

/**
 * Builds an image for every architecture and writes it as a layout or a docker tar, with its SBOMs. Everything is planned
 * for all platforms before the first layer is written.
 * @throws ImageError, and the errors of configuration, repositories, resolver, install plan and layout
 */
export async function buildImage(ports: Ports, options: BuildImageOptions): Promise<BuiltImage> {
  const { output } = options;
  const { inputs, plans } = await planImage(ports, options);
  if (options.dryRun === true) return { digest: undefined, platforms: plans.map(describePlan), layout: output };

  const built: BuiltPlatform[] = [];
  for (const plan of plans) built.push(await buildPlatform(ports, inputs, plan));
  const { digest, sboms } = await writeImage(ports, inputs, options, built);
  const platforms = built.map((platform) =>
    describeBuilt(platform, sbomPaths(sboms, platform.arch, options.sbomFormats)),
  );
  return { digest, platforms, layout: output };
}

async function planImage(
  ports: Ports,
  options: BuildImageOptions,
): Promise<{ readonly inputs: ImageInputs; readonly plans: readonly PlatformPlan[] }> {
  const { inputs, resolved } = await resolveImage(ports, options);
  const fetched = await fetchAll(ports, inputs.archs, resolved);
  const plans: PlatformPlan[] = [];
  for (const [arch, packages] of fetched) plans.push(await planPlatform(ports, inputs, resolved, arch, packages));
  return { inputs, plans };
}

/** The packages of every platform; one platform after the other, so that what they share comes once. */
async function fetchAll(
  ports: Ports,
  archs: readonly string[],
  { packages }: ResolvedImage,
): Promise<ReadonlyMap<string, readonly StoredPackage[]>> {
  return withUnpacking(async (unpacking) => {
    const fetched = new Map<string, readonly StoredPackage[]>();
    for (const arch of archs) fetched.set(arch, await fetchPackages(ports, packages.get(arch) ?? [], unpacking));
    return fetched;
  });
}
