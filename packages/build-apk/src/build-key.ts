import { canonicalJson, digestOf, type Digest } from "@apkmill/core";
import type { BuildOptions } from "./build-options.ts";
import type { CompiledPackage } from "./compiled.ts";
import type { ResolvedEnvironment } from "./resolve-environment.ts";
import type { SourceFiles } from "./source-files.ts";

/** Raised whenever the same input would give other packages than before. */
const recipe = 1;

/**
 * Names a build by everything that its packages depend on: the compiled configuration, the exact packages around it, the source
 * files, and what the user set. Where it writes, who signs and which machine runs it are not among them.
 */
export function buildKey(
  compiled: CompiledPackage,
  environment: ResolvedEnvironment,
  source: SourceFiles,
  options: BuildOptions,
): Digest {
  const identities = environment.packages.map(({ record }) => `${record.name}-${record.version} ${record.checksum}`);
  return digestOf(
    canonicalJson({
      recipe,
      compiled,
      world: environment.world,
      environment: identities,
      source: source.digest,
      namespace: options.namespace,
      buildTime: options.buildTime,
      network: options.network ?? true,
      lintRequire: options.lintRequire,
      lintWarn: options.lintWarn,
      owners: process.getuid?.() === 0,
    }),
  );
}
