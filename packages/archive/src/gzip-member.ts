import { constants } from "node:buffer";
import { crc32 } from "node:zlib";
import { defaultLimits, requireWithin, type Limits } from "@apkmill/core";
import { inflateWhole, type Inflated } from "./direct-inflate.ts";
import { brokenDeflate, gzipHeaderLength, gzipTrailerBytes, requireTrailer, truncatedGzip } from "./gzip-header.ts";
import { mostUnpackedBytes, requireUnpacked, type UnpackLimits } from "./unpacked-size.ts";

/** One gzip member that is whole in memory. */
export interface GzipMember {
  /** The raw member: header, deflate stream, trailer. A view of the input. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

export interface GzipMemberOptions {
  /** Names the input in messages. */
  readonly what?: string;
  /** Upper bound of the unpacked size; of all members together where there are several. */
  readonly limitBytes?: number;
  /** What users call that bound; left out where they cannot raise it. */
  readonly limitName?: keyof Limits;
  /** How many times the packed size may come out, once 16 MiB have. */
  readonly ratio?: number;
}

/** What comes out is held in memory, so less of it is free than in a stream. */
const freeBytes = 16 * 1024 * 1024;

/**
 * The gzip member that `bytes` begins with, its CRC and length checked, or undefined when it is not complete yet.
 * What stands behind it is not looked at.
 * @throws ArchiveError ARCHIVE_GZIP_FORMAT, ARCHIVE_GZIP_CHECKSUM · CoreError LIMIT_EXCEEDED
 */
export function firstGzipMember(
  bytes: Buffer,
  { what = "gzip", limitName, ...options }: GzipMemberOptions = {},
): GzipMember | undefined {
  const { limitBytes = defaultLimits.controlBytes, ratio = defaultLimits.indexRatio } = options;
  const header = gzipHeaderLength(bytes, what);
  if (header === undefined) return undefined;
  const inflated = inflatePrefix(bytes.subarray(header), { limitBytes, limitName, ratio, freeBytes }, what);
  return inflated === undefined ? undefined : checkedMember(bytes, header, inflated, what);
}

/** The member around what was inflated; undefined while its trailer is not complete. */
function checkedMember(
  bytes: Buffer,
  header: number,
  { content, usedBytes }: Inflated,
  what: string,
): GzipMember | undefined {
  const trailer = header + usedBytes;
  const end = trailer + gzipTrailerBytes;
  if (bytes.length < end) return undefined;
  requireTrailer(bytes.subarray(trailer, end), { crc: crc32(content), sizeBytes: content.length }, what);
  return { raw: bytes.subarray(0, end), content };
}

/** Real files have up to three. An empty member takes 20 bytes, so that a small file could hold a million, each with its own inflater. */
const maxMembers = 64;

/**
 * All members of a file that is whole in memory, in order.
 * @throws ArchiveError ARCHIVE_GZIP_… (a tail that is no member is ARCHIVE_GZIP_FORMAT or _TRUNCATED) · CoreError LIMIT_EXCEEDED
 */
export function splitGzipMembers(
  bytes: Buffer,
  { what = "gzip", limitBytes = defaultLimits.controlBytes, ...options }: GzipMemberOptions = {},
): GzipMember[] {
  const members: GzipMember[] = [];
  let unpackedBytes = 0;
  for (let offset = 0; offset < bytes.length;) {
    requireWithin(`${what}: gzip members`, members.length + 1, maxMembers);
    const left = { ...options, what, limitBytes: limitBytes - unpackedBytes };
    const member = firstGzipMember(bytes.subarray(offset), left);
    if (member === undefined) throw truncatedGzip(what);
    members.push(member);
    offset += member.raw.length;
    unpackedBytes += member.content.length;
  }
  return members;
}

/** Undefined when the stream is not complete yet. */
function inflatePrefix(bytes: Buffer, limits: UnpackLimits, what: string): Inflated | undefined {
  // zlib takes no bound of 0, which is what stays when the members before have used all of it.
  const most = Math.min(constants.MAX_LENGTH, Math.max(1, mostUnpackedBytes(bytes.length, limits)));
  try {
    return inflateWhole(bytes, most);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "Z_BUF_ERROR") return undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") requireUnpacked(what, most + 1, bytes.length, limits);
    throw brokenDeflate(what, cause);
  }
}
