import type { ImageConfig } from "./image-config.ts";
import type { TextPlace } from "./place.ts";

/**
 * A melange build configuration after parse-time substitution, ranges and validation (phase A).
 * Source: reference melange §1; keys are the YAML's, in camelCase.
 */
export interface PackageConfig {
  /** The file's name, for messages. */
  readonly file: string;
  readonly package: PackageSection;
  readonly environment: ImageConfig;
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly pipeline: readonly PipelineStep[];
  readonly subpackages: readonly Subpackage[];
  /** As written, with what a variables file and the enabled options say. */
  readonly vars: Readonly<Record<string, string>>;
  readonly varTransforms: readonly VarTransform[];
  /** The values of `package.*` and `vars.*`, by those names: what the compiler starts from. */
  readonly variables: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, BuildOption>>;
  /** Names of the build options that are on, whether declared or not. */
  readonly enabledOptions: readonly string[];
  /** The `update` section as a JSON value with the YAML's keys; a build does not read it. */
  readonly update: Readonly<Record<string, unknown>>;
  readonly test?: TestSection;
}

export interface VarTransform {
  readonly from: string;
  readonly match: string;
  readonly replace: string;
  readonly to: string;
}

export interface PackageSection {
  readonly name: string;
  readonly version: string;
  readonly epoch: number;
  readonly description: string;
  readonly url: string;
  readonly commit: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** apk names; empty means all. */
  readonly targetArchitecture: readonly string[];
  readonly copyright: readonly Copyright[];
  readonly dependencies: Dependencies;
  readonly options: PackageOptions;
  readonly scriptlets: Scriptlets;
  readonly disabledChecks: readonly string[];
  readonly cpe: Readonly<Record<string, string>>;
  readonly setcap: readonly SetCapability[];
  /** Undefined when not given. */
  readonly timeoutMs?: number;
  readonly resources: Readonly<Record<string, string>>;
  readonly testResources: Readonly<Record<string, string>>;
}

export interface Copyright {
  readonly license: string;
  readonly licensePath: string;
  readonly paths: readonly string[];
  readonly attestation: string;
  readonly detectionOverride: string;
}

export interface Dependencies {
  readonly runtime: readonly string[];
  readonly provides: readonly string[];
  readonly replaces: readonly string[];
  readonly providerPriority: string;
  readonly replacesPriority: string;
}

export interface PackageOptions {
  readonly noProvides: boolean;
  readonly noDepends: boolean;
  readonly noCommands: boolean;
  readonly noVersionedShlibDeps: boolean;
}

export interface Scriptlets {
  readonly trigger?: { readonly script: string; readonly paths: readonly string[] };
  readonly preInstall: string;
  readonly postInstall: string;
  readonly preDeinstall: string;
  readonly postDeinstall: string;
  readonly preUpgrade: string;
  readonly postUpgrade: string;
}

export interface SetCapability {
  readonly path: string;
  readonly add: Readonly<Record<string, string>>;
  readonly reason: string;
}

export interface BuildOption {
  readonly vars: Readonly<Record<string, string>>;
  readonly addPackages: readonly string[];
  readonly removePackages: readonly string[];
}

export interface Subpackage {
  /** As written; evaluated per architecture by the compiler. "" means always. */
  readonly if: string;
  /** Where `if` stands; undefined when it was left out. */
  readonly ifPlace?: TextPlace;
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly commit: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly pipeline: readonly PipelineStep[];
  readonly dependencies: Dependencies;
  readonly options: PackageOptions;
  readonly scriptlets: Scriptlets;
  readonly disabledChecks: readonly string[];
  readonly setcap: readonly SetCapability[];
  readonly test?: TestSection;
}

export interface TestSection {
  readonly environment: ImageConfig;
  readonly pipeline: readonly PipelineStep[];
}

export interface PipelineStep {
  readonly if: string;
  readonly name: string;
  readonly uses: string;
  readonly with: Readonly<Record<string, string>>;
  readonly runs: string;
  readonly pipeline: readonly PipelineStep[];
  readonly inputs: Readonly<Record<string, PipelineInput>>;
  readonly needs: readonly string[];
  readonly label: string;
  readonly requiredSteps: number;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where the step stands in its file, 1-based; for messages. */
  readonly line: number;
  /** Where its texts stand: `runs`, `if`, `working-directory`, `with.NAME`, `needs.INDEX`, and the step itself under "". */
  readonly places: Readonly<Record<string, TextPlace>>;
}

export interface PipelineInput {
  readonly description: string;
  readonly default: string;
  readonly required: boolean;
}
