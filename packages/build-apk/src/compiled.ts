import type {
  Dependencies,
  ImageConfig,
  PackageOptions,
  PackageSection,
  Scriptlets,
  SetCapability,
} from "@apkmill/config";

/**
 * What one build configuration says for one architecture, with nothing left to decide: every variable has its value, every
 * `uses` its steps, every condition its verdict. Plain data: the builder runs it, records it in the package and prints it.
 */
export interface CompiledPackage {
  /** The apk name of the architecture, `x86_64`. */
  readonly arch: string;
  readonly package: PackageSection;
  /** The build environment; `contents.packages` ends with what the steps need. */
  readonly environment: ImageConfig;
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly pipeline: readonly CompiledStep[];
  /** Those whose `if` holds, in the order of the file. */
  readonly subpackages: readonly CompiledSubpackage[];
  readonly test?: CompiledTest;
  /** The part of the file that a build does not read, for the record: `update`, `vars`, `var-transforms`, as JSON values. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** One step and, beneath it, the steps that its `uses` or its `pipeline` stands for. */
export interface CompiledStep {
  readonly name: string;
  /** The definition that the step came from, `split/dev`; "" for none. Its steps are in `pipeline`. */
  readonly uses: string;
  /** What the user passed to `uses` that differs from the defaults, by name. */
  readonly with: Readonly<Record<string, string>>;
  /** Every input of `uses` with its value, defaults included. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The condition with the values in place, `"x86_64" == 'x86_64'`; "" for none. */
  readonly if: string;
  /** False when `if` does not hold: neither the step nor its children run, and its needs are not installed. */
  readonly enabled: boolean;
  /** The shell fragment, or "" for none. It runs before the children. */
  readonly script: string;
  /** Absolute, or relative to the workspace `/home/build`; inherited from the parent when it has none. "" is the workspace. */
  readonly workingDirectory: string;
  /** The ancestors' variables with the step's own on top. */
  readonly environment: Readonly<Record<string, string>>;
  readonly needs: readonly string[];
  /** Exactly so many direct children must run; 0 demands nothing. */
  readonly requiredSteps: number;
  readonly pipeline: readonly CompiledStep[];
  readonly label: string;
  /** Where the step stands in its own file, 1-based; 0 when unknown. */
  readonly line: number;
}

export interface CompiledSubpackage {
  readonly if: string;
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly commit: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly pipeline: readonly CompiledStep[];
  readonly dependencies: Dependencies;
  readonly options: PackageOptions;
  readonly scriptlets: Scriptlets;
  readonly disabledChecks: readonly string[];
  readonly setcap: readonly SetCapability[];
  readonly test?: CompiledTest;
}

/** A test in its own guest: `environment.contents.packages` holds the package under test and what the steps need. */
export interface CompiledTest {
  readonly environment: ImageConfig;
  readonly pipeline: readonly CompiledStep[];
}
