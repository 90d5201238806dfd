import { EngineError } from "./errors.ts";

export type CoreErrorCode =
  | "DIGEST_MALFORMED"
  | "DIGEST_MISMATCH"
  | "LIMIT_EXCEEDED"
  | "LIMIT_SETTING"
  | "HTTP_BAD_URL"
  | "HTTP_STATUS"
  | "HTTP_UNREACHABLE"
  | "HTTP_TIMEOUT"
  | "HTTP_REDIRECT"
  | "HTTP_TRUNCATED"
  | "HTTP_RESUME"
  | "HTTP_MALFORMED"
  | "HTTP_UNTRUSTED"
  | "HTTP_PROXY"
  | "HTTP_CA"
  | "HTTP_OFFLINE"
  | "STORE_UNUSABLE"
  | "STORE_MISSING"
  | "FILE_UNREADABLE"
  | "FILE_UNWRITABLE"
  | "FILE_BUSY"
  | "CANCELLED";

/** Errors of floor 0: digests, limits, HTTP, the store and files. */
export class CoreError extends EngineError<CoreErrorCode> {}
