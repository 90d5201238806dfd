import { crc32, inflateRawSync } from "node:zlib";
import { defaultLimits, requireWithin } from "@apkmill/core";
import { brokenDeflate, gzipHeaderLength, gzipTrailerBytes, requireTrailer, truncatedGzip } from "./gzip-header.ts";

/** One gzip member that is whole in memory. */
export interface GzipMember {
  /** The raw member: header, deflate stream, trailer. A view of the input. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

/**
 * The gzip member that `bytes` begins with, its CRC and length checked, or undefined when it is not complete yet.
 * What stands behind it is not looked at.
 * @throws ArchiveError ARCHIVE_GZIP_FORMAT, ARCHIVE_GZIP_CHECKSUM · CoreError LIMIT_EXCEEDED
 */
export function firstGzipMember(
  bytes: Buffer,
  {
    what = "gzip",
    limitBytes = defaultLimits.controlBytes,
  }: { readonly what?: string; readonly limitBytes?: number } = {},
): GzipMember | undefined {
  const header = gzipHeaderLength(bytes, what);
  if (header === undefined) return undefined;
  const inflated = inflatePrefix(bytes.subarray(header), limitBytes, what);
  if (inflated === undefined) return undefined;
  const trailer = header + inflated.consumedBytes;
  const end = trailer + gzipTrailerBytes;
  if (bytes.length < end) return undefined;
  const { content } = inflated;
  requireTrailer(bytes.subarray(trailer, end), { crc: crc32(content), sizeBytes: content.length }, what);
  return { raw: bytes.subarray(0, end), content };
}

/**
 * All members of a file that is whole in memory, in order.
 * @throws ArchiveError ARCHIVE_GZIP_… (a tail that is no member is ARCHIVE_GZIP_FORMAT or _TRUNCATED)
 */
export function splitGzipMembers(
  bytes: Buffer,
  options: { readonly what?: string; readonly limitBytes?: number } = {},
): GzipMember[] {
  const members: GzipMember[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const member = firstGzipMember(bytes.subarray(offset), options);
    if (member === undefined) throw truncatedGzip(options.what ?? "gzip");
    members.push(member);
    offset += member.raw.length;
  }
  return members;
}

/** zlib says how much of the input the deflate stream took; what is left is the trailer and whatever follows. */
function inflatePrefix(
  bytes: Buffer,
  limitBytes: number,
  what: string,
): { readonly content: Buffer; readonly consumedBytes: number } | undefined {
  try {
    const result: unknown = inflateRawSync(bytes, { info: true, maxOutputLength: limitBytes });
    if (isInflateResult(result)) return { content: result.buffer, consumedBytes: result.engine.bytesWritten };
    throw new TypeError("zlib did not report what it read");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "Z_BUF_ERROR") return undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") requireWithin(`${what}: unpacked size`, limitBytes + 1, limitBytes);
    throw brokenDeflate(what, cause);
  }
}

/** `info: true` makes zlib return its engine as well; @types/node does not know that. */
function isInflateResult(value: unknown): value is { buffer: Buffer; engine: { bytesWritten: number } } {
  return (
    typeof value === "object" &&
    value !== null &&
    "buffer" in value &&
    "engine" in value &&
    Buffer.isBuffer(value.buffer) &&
    typeof (value.engine as { bytesWritten?: unknown }).bytesWritten === "number"
  );
}
