import { EngineError } from "@apkmill/core";

export type CliErrorCode = "CLI_USAGE" | "CLI_UNKNOWN_COMMAND" | "CLI_UNKNOWN_OPTION" | "CLI_BAD_VALUE";

/** The command line itself is wrong. */
export class CliError extends EngineError<CliErrorCode> {}
