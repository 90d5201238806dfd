import { EngineError } from "@apkmill/core";

export type ConfigErrorCode =
  /** The whole file; its `problems` hold the rest of these codes. */
  | "CONFIG_INVALID"
  | "CONFIG_SYNTAX"
  | "CONFIG_EMPTY"
  | "CONFIG_UNKNOWN_KEY"
  | "CONFIG_DUPLICATE_KEY"
  | "CONFIG_MISSING_KEY"
  | "CONFIG_WRONG_TYPE"
  | "CONFIG_BAD_VALUE"
  | "CONFIG_UNSUPPORTED"
  | "CONFIG_UNKNOWN_VARIABLE"
  | "CONFIG_BAD_REFERENCE"
  | "CONFIG_VARIABLE_CYCLE"
  | "CONFIG_INCLUDE_MISSING"
  | "CONFIG_INCLUDE_CYCLE"
  | "CONFIG_LIMIT";

/** Errors of configuration files. One file's problems come together, each with its own code, file, line, column and hint. */
export class ConfigError extends EngineError<ConfigErrorCode> {}
