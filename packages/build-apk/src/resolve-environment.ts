import {
  keyringOf,
  loadKeyring,
  mergeKeyrings,
  openRepositories,
  publicKeyOf,
  solve,
  type AvailablePackage,
  type Keyring,
  type Repository,
} from "@apkmill/apk";
import { BuildError } from "./build-error.ts";
import type { BuildOptions, BuildPorts } from "./build-options.ts";
import type { CompiledPackage } from "./compiled.ts";

/** The packages of a build environment, in the order of their installation, and what was asked for. */
export interface ResolvedEnvironment {
  readonly world: readonly string[];
  readonly packages: readonly AvailablePackage[];
}

/**
 * Chooses the packages that a configuration builds in: what its environment, its steps and the user ask for, from all
 * repositories. `local` holds what this run has built so far; it is preferred.
 * @throws BuildError BUILD_ENVIRONMENT with the reasons; ApkError for repositories that cannot be read or trusted
 */
export async function resolveEnvironment(
  ports: BuildPorts,
  compiled: CompiledPackage,
  local: Repository,
  options: BuildOptions,
): Promise<ResolvedEnvironment> {
  const { contents } = compiled.environment;
  requireSupported(compiled);
  const world = [...new Set([...contents.packages, ...(options.extraPackages ?? [])])];
  const repositories = await openRepositories(ports, {
    locations: [...new Set([...contents.buildRepositories, ...contents.repositories, ...(options.repositories ?? [])])],
    keyring: await keyringFor(ports, [...contents.keyring, ...(options.keyring ?? [])], options),
    arch: compiled.arch,
    ignoreSignatures: options.ignoreSignatures ?? false,
  });
  const solution = solve({ repositories: [local, ...repositories], world, arch: compiled.arch });
  if (solution.ok) return { world, packages: solution.install };
  throw new BuildError(
    "BUILD_ENVIRONMENT",
    `cannot make the build environment of ${compiled.package.name} for ${compiled.arch}`,
    {
      reasons: solution.reasons,
      hint: "name a repository that has what is missing with --repository-append, or change environment.contents.packages",
      context: { package: compiled.package.name },
    },
  );
}

async function keyringFor(ports: BuildPorts, sources: readonly string[], options: BuildOptions): Promise<Keyring> {
  const loaded = await loadKeyring(ports, [...new Set(sources)]);
  return mergeKeyrings(loaded, keyringOf(options.signingKey === undefined ? [] : [publicKeyOf(options.signingKey)]));
}

/** Parts of an image configuration that an environment does not have here; silence about them would build something else. */
function requireSupported({ environment, package: { name } }: CompiledPackage): void {
  const found = [
    ...(environment.paths.length > 0 ? ["paths"] : []),
    ...(environment.contents.baseImage === undefined ? [] : ["contents.baseimage"]),
    ...(environment.certificates === undefined ? [] : ["certificates"]),
  ];
  if (found.length === 0) return;
  throw new BuildError(
    "BUILD_ENVIRONMENT",
    `the environment of ${name} has ${found.join(" and ")}, which a build does not take`,
    {
      hint: "do it in the first step of the pipeline",
      context: { package: name },
    },
  );
}
