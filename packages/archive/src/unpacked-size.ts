import { defaultLimits, requireWithin, type Limits } from "@apkmill/core";

/** Below this size any ratio is allowed: a file of zeros is no bomb yet. */
const freeStreamBytes = 64 * 1024 * 1024;

export interface UnpackLimits {
  /** Upper bound of the unpacked size. */
  readonly limitBytes: number;
  /** What users call that bound. */
  readonly limitName?: keyof Limits | undefined;
  /** How many times the packed size may come out, once `freeBytes` have. */
  readonly ratio?: number | undefined;
  /** Default 64 MiB, for what is not held in memory. */
  readonly freeBytes?: number | undefined;
}

/** What `packedBytes` of a compressed stream may unpack to. */
export function mostUnpackedBytes(packedBytes: number, { limitBytes, ratio, freeBytes }: UnpackLimits): number {
  const most = packedBytes * (ratio ?? defaultLimits.unpackRatio);
  return Math.min(limitBytes, Math.max(freeBytes ?? freeStreamBytes, most));
}

/** Refuses a stream that has unpacked to more than it may so far. @throws CoreError LIMIT_EXCEEDED */
export function requireUnpacked(what: string, sizeBytes: number, packedBytes: number, limits: UnpackLimits): void {
  requireWithin(`${what}: unpacked size`, sizeBytes, limits.limitBytes, limits.limitName);
  const most = mostUnpackedBytes(packedBytes, limits);
  requireWithin(`${what}: unpacked size of ${String(packedBytes)} packed bytes`, sizeBytes, most, "unpackRatio");
}
