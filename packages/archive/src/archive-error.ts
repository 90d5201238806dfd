import { EngineError } from "@apkmill/core";

export type ArchiveErrorCode =
  | "ARCHIVE_TAR_FORMAT"
  | "ARCHIVE_TAR_CHECKSUM"
  | "ARCHIVE_TAR_TRUNCATED"
  | "ARCHIVE_TAR_TRAILING"
  | "ARCHIVE_TAR_UNSUPPORTED"
  | "ARCHIVE_TAR_AMBIGUOUS"
  | "ARCHIVE_GZIP_FORMAT"
  | "ARCHIVE_GZIP_CHECKSUM"
  | "ARCHIVE_GZIP_TRUNCATED"
  | "ARCHIVE_GZIP_TRAILING"
  | "ARCHIVE_ZSTD_FORMAT"
  | "ARCHIVE_ZSTD_CHECKSUM"
  | "ARCHIVE_ZSTD_TRUNCATED";

/** Errors of floor 1: bytes that are not the tar, gzip or zstd they claim to be. */
export class ArchiveError extends EngineError<ArchiveErrorCode> {}
