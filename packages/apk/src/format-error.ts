import { isEngineError, type EngineError } from "@apkmill/core";
import { ApkError, type ApkErrorCode } from "./apk-error.ts";

/**
 * Runs `work` and turns a complaint about tar or gzip bytes into this package's error for the file `what`.
 * Limits and anything else pass as they are.
 */
export function inFormat<T>(code: ApkErrorCode, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw asFormatError(code, what, cause);
  }
}

/** The error to throw for what went wrong while reading `what`. */
export function asFormatError(code: ApkErrorCode, what: string, cause: unknown): unknown {
  if (!isEngineError(cause) || !cause.code.startsWith("ARCHIVE_")) return cause;
  return new ApkError(code, cause.message, { cause, hint: cause.hint, context: { package: what } });
}

/** True for an engine error with this code. */
export function hasCode(error: unknown, code: string): error is EngineError {
  return isEngineError(error) && error.code === code;
}
