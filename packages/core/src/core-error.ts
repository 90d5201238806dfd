import { EngineError } from "./errors.ts";

export type CoreErrorCode =
  | "DIGEST_MALFORMED"
  | "DIGEST_MISMATCH"
  | "LIMIT_EXCEEDED"
  | "HTTP_BAD_URL"
  | "HTTP_STATUS"
  | "HTTP_UNREACHABLE"
  | "HTTP_TIMEOUT"
  | "HTTP_REDIRECT"
  | "HTTP_TRUNCATED"
  | "STORE_UNUSABLE"
  | "STORE_MISSING"
  | "FILE_UNREADABLE"
  | "FILE_UNWRITABLE"
  | "CANCELLED";

/** Errors of floor 0: digests, limits, HTTP, the store and files. */
export class CoreError extends EngineError<CoreErrorCode> {}
