import { dirname } from "node:path";
import { defaultLimits, type Limits } from "@apkmill/core";
import { decodeNode, openContext } from "./decoder.ts";
import { readConfigText } from "./config-file.ts";
import { loadEnvironmentFile } from "./env-file.ts";
import { assemblePackage, packageFile } from "./package-assemble.ts";
import type { PackageConfig } from "./package-config.ts";
import { readVariables } from "./package-variables.ts";
import { collectProblems, requireNoProblems, type Problems } from "./problems.ts";
import { rulesOf } from "./variable-rules.ts";
import { loadVariablesFile } from "./vars-file.ts";
import { parseYaml } from "./yaml-source.ts";

export interface ParsePackageOptions {
  /** The file's name in messages. */
  readonly file?: string;
  /** Values that win over the file's `vars`. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Variables for the build environment, of which the file's own win; of these an earlier record wins. */
  readonly environmentFiles?: readonly Readonly<Record<string, string>>[];
  /** Build options that are on. */
  readonly buildOptions?: readonly string[];
  /** What `package.commit` is when the file has none. */
  readonly commit?: string;
  readonly limits?: Limits;
}

export interface LoadPackageOptions extends Omit<ParsePackageOptions, "file" | "environmentFiles"> {
  /** A YAML file with a mapping of variables; `vars` wins over it. */
  readonly varsFile?: string;
  /** Files of `NAME=value` lines. */
  readonly envFiles?: readonly string[];
}

/**
 * Reads a melange configuration: variables, ranges and defaults in place, rules checked (its phase A).
 * @throws ConfigError CONFIG_INVALID with every problem; CoreError FILE_UNREADABLE
 */
export async function loadPackageConfig(path: string, options: LoadPackageOptions = {}): Promise<PackageConfig> {
  const { varsFile, envFiles = [], ...rest } = options;
  const limits = options.limits ?? defaultLimits;
  const text = await readConfigText(path, limits);
  const fileVars = varsFile === undefined ? {} : await loadVariablesFile(varsFile, limits);
  const environmentFiles = await Promise.all(envFiles.map((file) => loadEnvironmentFile(file, limits)));
  return parsePackageConfig(text, { ...rest, file: path, environmentFiles, vars: { ...fileVars, ...options.vars } });
}

/** The folder whose files a build gets when none is named: the configuration's own. */
export function sourceDirOf(configPath: string): string {
  return dirname(configPath);
}

/**
 * A melange configuration from its text; see {@link loadPackageConfig}.
 * @throws ConfigError CONFIG_INVALID with every problem
 */
export function parsePackageConfig(text: string, options: ParsePackageOptions = {}): PackageConfig {
  const file = options.file ?? "melange.yaml";
  const problems = collectProblems();
  const config = readPackage(text, file, options, problems);
  requireNoProblems(problems, file);
  if (config === undefined) throw new TypeError("a file without problems gives a configuration");
  return config;
}

function readPackage(
  text: string,
  file: string,
  options: ParsePackageOptions,
  problems: Problems,
): PackageConfig | undefined {
  const source = parseYaml(file, text, options.limits ?? defaultLimits, problems);
  if (source === undefined) return undefined;
  const enabledOptions = options.buildOptions ?? [];
  const variables = readVariables(source, { vars: options.vars ?? {}, enabledOptions }, problems);
  const found = decodeNode(
    packageFile(variables),
    source.root,
    openContext(source, problems, rulesOf(variables.scope)),
  );
  const settings = { commit: options.commit ?? "", environmentFiles: options.environmentFiles ?? [], enabledOptions };
  return assemblePackage(found, variables, settings, source.placeOf(source.root), problems);
}
