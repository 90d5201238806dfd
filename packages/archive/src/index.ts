export type { TarEntry, TarEntryType } from "./tar-entry.ts";
export { ArchiveError, type ArchiveErrorCode } from "./archive-error.ts";
export type { TarDialect } from "./tar-header.ts";
export { createTarScanner, type TarHandler, type TarOptions, type TarScanner } from "./tar-scanner.ts";
export { readTar, type TarItem } from "./tar-reader.ts";
export { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";
export { firstGzipMember, splitGzipMembers, type GzipMember } from "./gzip-member.ts";
export { gunzip, type GunzipOptions } from "./gunzip.ts";
export { gzip, gzipBytes } from "./gzip.ts";
