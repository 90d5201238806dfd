import { CoreError } from "./core-error.ts";

/**
 * Upper bounds for everything read from outside, in bytes or counts. The defaults admit the largest real inputs seen
 * (Alpine's community index unpacks to 9.7 MB, a toolchain package to 2 GB) with room, and end a bomb early.
 */
export interface Limits {
  /** The control section of a package, unpacked. apko allows 10 MiB. */
  readonly controlBytes: number;
  /** The data section of a package, unpacked. */
  readonly dataBytes: number;
  /** Entries in one package. */
  readonly entries: number;
  /** An index, unpacked. apko allows 300 MiB. */
  readonly indexBytes: number;
  /** The records of one PAX header. */
  readonly paxBytes: number;
  /** A path inside a package; Linux's PATH_MAX. */
  readonly pathBytes: number;
  /** Any HTTP response that is read into memory. */
  readonly responseBytes: number;
  /** Any HTTP response that is written to disk. */
  readonly downloadBytes: number;
  /** A manifest or image index; registries refuse more. */
  readonly manifestBytes: number;
  /** A configuration file (YAML). */
  readonly configBytes: number;
  /** Nesting of a configuration file, of includes and of pipelines. */
  readonly depth: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export const defaultLimits: Limits = {
  controlBytes: 10 * MiB,
  dataBytes: 16 * GiB,
  entries: 2_000_000,
  indexBytes: 300 * MiB,
  paxBytes: 1 * MiB,
  pathBytes: 4096,
  responseBytes: 64 * MiB,
  downloadBytes: 8 * GiB,
  manifestBytes: 4 * MiB,
  configBytes: 4 * MiB,
  depth: 64,
};

/** Refuses a count or size over its limit. @throws CoreError LIMIT_EXCEEDED */
export function requireWithin(what: string, value: number, limit: number): void {
  if (value > limit) {
    throw new CoreError("LIMIT_EXCEEDED", `${what}: ${String(value)} is over the limit of ${String(limit)}`, {
      hint: "if the input is genuine, raise the limit; otherwise it is malformed or hostile",
    });
  }
}
