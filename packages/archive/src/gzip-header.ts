import { ArchiveError } from "./archive-error.ts";

/** The gzip wrapper around one deflate stream (RFC 1952): header here, CRC-32 and length behind. */

/** The header that we write: deflate, no flags, mtime 0, unknown system. The same on every machine. */
export const gzipHeader: Buffer = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** CRC-32 and length modulo 2^32 of the content, little-endian. */
export const gzipTrailerBytes = 8;

/** The longest header that is looked for: real ones have ten bytes, a file name or a comment may be there. */
export const maxHeaderBytes = 64 * 1024;

const flag = { text: 1, headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/**
 * Length of the header that `bytes` begins with, or undefined when more bytes are needed to tell.
 * @throws ArchiveError ARCHIVE_GZIP_FORMAT
 */
export function gzipHeaderLength(bytes: Buffer, what: string): number | undefined {
  if (bytes.length < 3) return undefined;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) {
    throw new ArchiveError(
      "ARCHIVE_GZIP_FORMAT",
      `${what}: not gzip: expected the bytes 1f 8b 08, found ${hex(bytes)}`,
    );
  }
  if (bytes.length < 10) return undefined;
  const flags = bytes[3] ?? 0;
  if ((flags & flag.reserved) !== 0) {
    throw new ArchiveError("ARCHIVE_GZIP_FORMAT", `${what}: gzip header with reserved flags set (RFC 1952 §2.3.1.2)`);
  }
  const end = optionalFieldsEnd(bytes, flags);
  if ((end ?? bytes.length) > maxHeaderBytes) {
    throw new ArchiveError("ARCHIVE_GZIP_FORMAT", `${what}: gzip header of more than ${String(maxHeaderBytes)} bytes`);
  }
  return end !== undefined && end <= bytes.length ? end : undefined;
}

function optionalFieldsEnd(bytes: Buffer, flags: number): number | undefined {
  let offset: number | undefined = 10;
  if ((flags & flag.extra) !== 0) offset = bytes.length < 12 ? undefined : 12 + bytes.readUInt16LE(10);
  if ((flags & flag.name) !== 0) offset = afterZero(bytes, offset);
  if ((flags & flag.comment) !== 0) offset = afterZero(bytes, offset);
  return (flags & flag.headerCrc) === 0 || offset === undefined ? offset : offset + 2;
}

function afterZero(bytes: Buffer, offset: number | undefined): number | undefined {
  const zero = offset === undefined ? -1 : bytes.indexOf(0, offset);
  return zero === -1 ? undefined : zero + 1;
}

/** Compares what a member states behind its data with what came out of it. @throws ArchiveError ARCHIVE_GZIP_CHECKSUM */
export function requireTrailer(trailer: Buffer, actual: { crc: number; sizeBytes: number }, what: string): void {
  if (trailer.readUInt32LE(0) === actual.crc && trailer.readUInt32LE(4) === actual.sizeBytes % 2 ** 32) return;
  throw new ArchiveError(
    "ARCHIVE_GZIP_CHECKSUM",
    `${what}: gzip content does not have the CRC or length stated behind it`,
    {
      hint: "fetch the file again; it is damaged",
    },
  );
}

/** The trailer for content with this CRC and size. */
export function gzipTrailer(crc: number, sizeBytes: number): Buffer {
  const trailer = Buffer.alloc(gzipTrailerBytes);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  return trailer;
}

/** The error for a member that ends before it is complete. */
export function truncatedGzip(what: string, cause?: unknown): ArchiveError {
  return new ArchiveError("ARCHIVE_GZIP_TRUNCATED", `${what}: the gzip data ends early`, {
    hint: "fetch the file again; it is cut short",
    cause,
  });
}

/** The error for bytes behind a member that must be all there is. */
export function trailingGzip(what: string, trailingBytes: number): ArchiveError {
  return new ArchiveError(
    "ARCHIVE_GZIP_TRAILING",
    `${what}: ${String(trailingBytes)} bytes after the end of the gzip member`,
    { hint: "write the data as a single gzip member" },
  );
}

/** What zlib said about a deflate stream as an error of ours; anything else as it is. */
export function asGzipError(cause: unknown, what: string): unknown {
  if (!(cause instanceof Error && "errno" in cause && "code" in cause && String(cause.code).startsWith("Z_")))
    return cause;
  return cause.code === "Z_BUF_ERROR" ? truncatedGzip(what, cause) : brokenDeflate(what, cause);
}

/** The error for a deflate stream that zlib cannot read. */
export function brokenDeflate(what: string, cause: unknown): ArchiveError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ArchiveError("ARCHIVE_GZIP_FORMAT", `${what}: broken gzip data: ${detail}`, {
    hint: "fetch the file again; it is damaged",
    cause,
  });
}

function hex(bytes: Buffer): string {
  return bytes
    .subarray(0, 3)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1 ");
}
