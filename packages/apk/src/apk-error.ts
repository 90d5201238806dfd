import { EngineError, type EngineErrorOptions } from "@apkmill/core";

export type ApkErrorCode =
  // one package file
  | "APK_FORMAT"
  | "APK_UNSUPPORTED"
  | "APK_CONTROL"
  | "APK_UNSAFE_PATH"
  | "APK_UNSIGNED"
  | "APK_UNKNOWN_SIGNER"
  | "APK_BAD_SIGNATURE"
  | "APK_IDENTITY"
  | "APK_SIZE"
  | "APK_DATA_HASH"
  | "APK_FILE_HASH"
  | "APK_MISSING"
  // an index
  | "INDEX_FORMAT"
  | "INDEX_UNSIGNED"
  | "INDEX_UNKNOWN_SIGNER"
  | "INDEX_BAD_SIGNATURE"
  | "INDEX_MISSING"
  | "INDEX_CONFLICT"
  // names and places
  | "REPOSITORY_LOCATION"
  | "REPOSITORY_FILE"
  | "REPOSITORY_CREDENTIALS"
  | "REPOSITORY_OFFLINE"
  | "KEY_FORMAT"
  | "KEY_MISSING"
  | "KEY_DISCOVERY"
  | "ARCH_UNKNOWN"
  // versions, dependencies, resolving
  | "APK_BAD_DEPENDENCY"
  | "APK_RESOLVE_LIMIT"
  | "APK_UNSATISFIABLE"
  | "APK_BAD_LOCK"
  | "APK_STALE_LOCK";

/** Errors of floor 2's package format: packages, indexes, keys, repositories, versions and constraints. */
export class ApkError extends EngineError<ApkErrorCode> {
  constructor(code: ApkErrorCode, message: string, options: EngineErrorOptions = {}) {
    super(code, message, { ...options, hint: options.hint ?? usualHints[code] });
  }
}

/** It is damaged, or a tool made it that writes another format: which of them cannot be told. */
const badPackage = "fetch or build the package again; if it stays so, report it to its repository";

/** What to do where the error does not know better. */
const usualHints: Partial<Record<ApkErrorCode, string>> = { APK_FORMAT: badPackage, APK_CONTROL: badPackage };
