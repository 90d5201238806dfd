import {
  buildWaves,
  compilePackageConfig,
  describeOrder,
  isMeantForArch,
  outputsOf,
  type CompiledPackage,
} from "@apkmill/build-apk";
import { loadPackageConfig } from "@apkmill/config";
import type { Limits } from "@apkmill/core";

/** One configuration for one architecture: what one job builds. */
export interface PlannedBuild {
  /** The configuration's file, as given. */
  readonly config: string;
  /** Names of the packages that it makes, in the order of the file. */
  readonly packages: readonly string[];
  /** apk's name. */
  readonly arch: string;
}

/** Which builds can run side by side, and which must wait. */
export interface FactoryPlan {
  /** A build needs nothing from its own wave, only from earlier ones. */
  readonly waves: readonly (readonly PlannedBuild[])[];
  /** The same as a job matrix; `wave` counts from 0. */
  readonly matrix: { readonly include: readonly (PlannedBuild & { readonly wave: number })[] };
}

export interface PlanRequest {
  /** Configuration files. */
  readonly configs: readonly string[];
  /** In any spelling. */
  readonly archs: readonly string[];
  readonly pipelineDirs?: readonly string[];
  readonly buildOptions?: readonly string[];
  readonly varsFile?: string;
  readonly limits: Limits;
}

/**
 * The waves in which configurations must be built, from what their environments ask for and their packages provide. A
 * configuration that excludes an architecture is left out for it.
 * @throws ConfigError; BuildError COMPILE_INVALID
 */
export async function planBuilds(request: PlanRequest): Promise<FactoryPlan> {
  const perArch = await Promise.all(request.archs.map((arch) => compileAll(arch, request)));
  return assemblePlan(perArch);
}

/** Configurations of one architecture, compiled. */
export type CompiledConfigs = readonly { readonly config: string; readonly compiled: CompiledPackage }[];

/** The plan for architectures that do not depend on each other. */
export function assemblePlan(perArch: readonly CompiledConfigs[]): FactoryPlan {
  const waves: PlannedBuild[][] = [];
  for (const configs of perArch) {
    for (const [number, wave] of buildWaves(configs.map(({ compiled }) => describeOrder(compiled))).entries()) {
      (waves[number] ??= []).push(
        ...wave.flatMap((position) => configs.slice(position, position + 1).map(plannedBuild)),
      );
    }
  }
  return {
    waves,
    matrix: { include: waves.flatMap((wave, number) => wave.map((build) => ({ ...build, wave: number }))) },
  };
}

async function compileAll(arch: string, request: PlanRequest): Promise<CompiledConfigs> {
  const { limits, pipelineDirs = [], buildOptions = [], varsFile } = request;
  const compiled = await Promise.all(
    request.configs.map(async (file) => {
      const config = await loadPackageConfig(file, {
        limits,
        buildOptions,
        ...(varsFile === undefined ? {} : { varsFile }),
      });
      return { config: file, compiled: await compilePackageConfig(config, { arch, limits, pipelineDirs }) };
    }),
  );
  return compiled.filter((each) => isMeantForArch(each.compiled));
}

function plannedBuild({ config, compiled }: CompiledConfigs[number]): PlannedBuild {
  return { config, packages: outputsOf(compiled).map(({ name }) => name), arch: compiled.arch };
}
