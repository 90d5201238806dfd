export type { TarEntry, TarEntryType } from "./tar-entry.ts";
export { ArchiveError, type ArchiveErrorCode } from "./archive-error.ts";
export type { TarDialect } from "./tar-header.ts";
export {
  createTarScanner,
  type TarHandler,
  type TarOptions,
  type TarProgress,
  type TarScanner,
} from "./tar-scanner.ts";
export { readTar, type TarItem } from "./tar-reader.ts";
export { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";
export { firstGzipMember, splitGzipMembers, type GzipMember } from "./gzip-member.ts";
export { createPushGunzip, type PushGunzip } from "./push-gunzip.ts";
export { gunzip, type GunzipOptions } from "./gunzip.ts";
export { gzip, gzipBytes, gzipWriter } from "./gzip.ts";
export { zstd, zstdWriter } from "./zstd.ts";
export { unzstd, type UnzstdOptions } from "./unzstd.ts";
export { mostUnpackedBytes, requireUnpacked, type UnpackLimits } from "./unpacked-size.ts";
export { elfHeaderBytes, isElf, parseElfHeader, type ByteRange, type ElfHeader, type ElfTable } from "./elf-header.ts";
export { fileOffsetOf, parseElfSegments, segmentHeaderBytes, segmentType, type ElfSegment } from "./elf-segments.ts";
export { parseElfSections, sectionType, type ElfSection } from "./elf-sections.ts";
export { dynamicTag, dynamicValue, elfString, parseDynamicEntries, type DynamicEntry } from "./elf-dynamic.ts";
