import { EngineError } from "@apkmill/core";

/** What a configuration says that cannot be compiled. */
export type CompileErrorCode =
  /** The sum of the others; `problems` holds each with its place. */
  | "COMPILE_INVALID"
  | "COMPILE_BAD_CONDITION"
  | "COMPILE_BAD_INPUT"
  | "COMPILE_BAD_PIPELINE"
  | "COMPILE_BAD_PIPELINE_NAME"
  | "COMPILE_BAD_REFERENCE"
  | "COMPILE_MISSING_INPUT"
  | "COMPILE_PIPELINE_CYCLE"
  | "COMPILE_UNKNOWN_INPUT"
  | "COMPILE_UNKNOWN_PIPELINE"
  | "COMPILE_UNKNOWN_VARIABLE";

export type BuildErrorCode =
  | CompileErrorCode
  /** An option or the file it names (environment, variables) says something that cannot be used. */
  | "BUILD_BAD_OPTION"
  /** The build environment cannot be made: packages or accounts are missing in it. */
  | "BUILD_ENVIRONMENT"
  /** A step ended with another exit code than 0. */
  | "BUILD_STEP_FAILED"
  /** Another number of steps ran than the pipeline asserts. */
  | "BUILD_ASSERTION_FAILED"
  /** What the steps left behind cannot be a package. */
  | "BUILD_BAD_OUTPUT"
  /** A required linter found something. */
  | "BUILD_LINT_FAILED"
  /** Over the time that the build may take. */
  | "BUILD_TIMEOUT";

/** Errors of making packages from configurations. */
export class BuildError extends EngineError<BuildErrorCode> {}
