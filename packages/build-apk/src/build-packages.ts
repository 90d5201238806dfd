import { resolve } from "node:path";
import { toApkArch } from "@apkmill/apk";
import { loadPackageConfig, sourceDirOf } from "@apkmill/config";
import { buildKey } from "./build-key.ts";
import { buildOrder } from "./build-order.ts";
import type { BuildOptions, BuildPorts, BuildResult, BuiltPackage } from "./build-options.ts";
import { buildPackage } from "./build-package.ts";
import type { BuildRequest } from "./build-request.ts";
import { compilePackageConfig } from "./compile.ts";
import type { CompiledPackage } from "./compiled.ts";
import { describeOrder, isMeantForArch } from "./describe-order.ts";
import { asRepository, listPackages, openOutFolder, placePackage, type OutFolder } from "./out-folder.ts";
import { recallBuild, rememberBuild, type FinishedBuild } from "./remembered-build.ts";
import { resolveEnvironment } from "./resolve-environment.ts";
import { noSourceFiles, readSourceFiles, type SourceFiles } from "./source-files.ts";

/**
 * Builds the packages of configurations for architectures: in dependency order, each seeing what was built before it. Packages
 * are signed and listed in the index after their build is finished; a build that dies leaves nothing half-written in `outDir`.
 * @throws ConfigError, BuildError, SandboxError, ApkError, RootfsError, CoreError
 */
export async function buildPackages(ports: BuildPorts, options: BuildOptions): Promise<BuildResult> {
  const results: BuildResult[] = [];
  for (const arch of [...new Set(options.archs.map(toApkArch))]) {
    results.push(await buildForArch(ports, arch, options));
  }
  return {
    packages: results.flatMap(({ packages }) => packages),
    indexes: results.flatMap(({ indexes }) => indexes),
    warnings: results.flatMap(({ warnings }) => warnings),
  };
}

async function buildForArch(ports: BuildPorts, arch: string, options: BuildOptions): Promise<BuildResult> {
  const configs = await compileConfigs(ports, arch, options);
  const packages: BuiltPackage[] = [];
  const warnings: string[] = [];
  let folder = await openOutFolder(ports, arch, options);
  for (const position of buildOrder(configs.map(({ compiled }) => describeOrder(compiled)))) {
    const config = configs[position];
    if (config === undefined) continue;
    const { build, cached } = await buildOrRecall(ports, config, folder, options);
    const placed = await placeBuild(ports, folder, build, cached, options);
    folder = await listPackages(
      ports,
      folder,
      placed.map(({ path }) => path),
      options,
    );
    packages.push(...placed);
    warnings.push(...build.warnings);
  }
  const indexes = packages.length > 0 && (options.index ?? true) ? [folder.indexPath] : [];
  return { packages, indexes, warnings };
}

type CompiledConfig = Pick<BuildRequest, "file" | "compiled" | "recorded">;

/** All configurations that are meant for the architecture. Compiled before anything is built: a mistake in the last is seen first. */
async function compileConfigs(ports: BuildPorts, arch: string, options: BuildOptions): Promise<CompiledConfig[]> {
  const compiled: CompiledConfig[] = [];
  for (const file of options.configs) {
    const found = await compileConfig(file, arch, options.envFiles ?? [], ports, options);
    if (isMeantForArch(found)) {
      const recorded = await compileConfig(file, arch, [], ports, options);
      compiled.push({ file, compiled: found, recorded });
    } else ports.log.warn(`${found.package.name} is not meant for ${arch}: skipped`);
  }
  return compiled;
}

async function compileConfig(
  file: string,
  arch: string,
  envFiles: readonly string[],
  { limits }: BuildPorts,
  options: BuildOptions,
): Promise<CompiledPackage> {
  const config = await loadPackageConfig(file, {
    limits,
    envFiles,
    commit: options.commit ?? "",
    buildOptions: options.buildOptions ?? [],
    ...(options.varsFile === undefined ? {} : { varsFile: options.varsFile }),
  });
  return compilePackageConfig(config, {
    arch,
    limits,
    pipelineDirs: options.pipelineDirs ?? [],
    ...(options.libcFlavor === undefined ? {} : { libcFlavor: options.libcFlavor }),
  });
}

async function buildOrRecall(
  ports: BuildPorts,
  config: CompiledConfig,
  folder: OutFolder,
  options: BuildOptions,
): Promise<{ readonly build: FinishedBuild; readonly cached: boolean }> {
  const environment = await resolveEnvironment(ports, config.compiled, asRepository(folder, options), options);
  const source = await sourceOf(ports, config.file, options);
  const key = buildKey(config.compiled, environment, source, options);
  const known = (options.reuse ?? true) ? await recallBuild(ports, key) : undefined;
  if (known !== undefined) return { build: known, cached: true };
  const build = await buildPackage(ports, { ...config, environment, source }, options);
  await rememberBuild(ports, key, build);
  return { build, cached: false };
}

async function sourceOf(ports: BuildPorts, file: string, options: BuildOptions): Promise<SourceFiles> {
  if (options.emptyWorkspace === true) return noSourceFiles;
  const exclude = [options.outDir, ports.store.root, ...(options.cacheDir === undefined ? [] : [options.cacheDir])];
  return readSourceFiles(resolve(options.sourceDir ?? sourceDirOf(file)), { exclude, limits: ports.limits });
}

async function placeBuild(
  ports: BuildPorts,
  folder: OutFolder,
  build: FinishedBuild,
  cached: boolean,
  options: BuildOptions,
): Promise<BuiltPackage[]> {
  const placed: BuiltPackage[] = [];
  for (const { name, version, arch, origin, installedSizeBytes, digest } of build.packages) {
    const file = await placePackage(ports, folder, `${name}-${version}.apk`, digest, options);
    placed.push({ name, version, arch, ...file, installedSizeBytes, origin, cached });
  }
  return placed;
}
