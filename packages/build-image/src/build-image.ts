import { join } from "node:path";
import { loadImageConfig } from "@apkmill/config";
import type { Ports } from "@apkmill/core";
import type { BuildImageOptions } from "./build-options.ts";
import { buildPlatform, planPlatform, type BuiltPlatform, type PlatformPlan } from "./build-platform.ts";
import { describeBuilt, describePlan, type BuiltImage } from "./built-image.ts";
import { assembleInputs } from "./image-inputs.ts";
import { sbomName } from "./image-sboms.ts";
import { resolvePackages } from "./resolve-packages.ts";
import { requireSupported } from "./supported.ts";
import { writeImage } from "./write-image.ts";

/**
 * Builds an image for every architecture and writes it as a layout or a docker tar, with its SBOMs. Everything is planned
 * for all platforms before the first layer is written.
 * @throws ImageError, and the errors of configuration, repositories, resolver, install plan and layout
 */
export async function buildImage(ports: Ports, options: BuildImageOptions): Promise<BuiltImage> {
  const { configPath, includePaths = [], output } = options;
  const config = await loadImageConfig(configPath, { includePaths, limits: ports.limits });
  requireSupported(config, configPath);
  const inputs = await assembleInputs(ports, config, options);
  const resolved = await resolvePackages(ports, inputs, options);

  const plans: PlatformPlan[] = [];
  for (const arch of inputs.archs) plans.push(await planPlatform(ports, inputs, resolved, arch));
  if (options.dryRun === true) return { digest: undefined, platforms: plans.map(describePlan), layout: output };

  const built: BuiltPlatform[] = [];
  for (const plan of plans) built.push(await buildPlatform(ports, inputs, plan));
  const { digest, sboms } = await writeImage(ports, inputs, options, built);
  const platforms = built.map((platform) => describeBuilt(platform, join(sboms, sbomName(platform.arch))));
  return { digest, platforms, layout: output };
}
