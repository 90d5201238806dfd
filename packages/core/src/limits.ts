import { CoreError } from "./core-error.ts";

/**
 * Upper bounds for everything read from outside, in bytes unless said otherwise. Each admits the largest real input that was seen
 * with room to grow, and ends a bomb while the process stands below 256 MiB. `--limit NAME=VALUE` changes one of them.
 */
export interface Limits {
  /** The control section of a package, unpacked. Most real ones have 10 KiB, and a script may have 256; apko allows 10 MiB. */
  readonly controlBytes: number;
  /** `.PKGINFO` in it: its lists become values in memory. Real ones stay below 100 KiB. */
  readonly infoBytes: number;
  /**
   * The data section of a package, unpacked. It is streamed, so this bounds time and disk, not memory: room for toolchains and
   * machine learning, which take some GiB.
   */
  readonly dataBytes: number;
  /**
   * Entries in one archive. Each costs some 500 bytes of memory, and as many for the collector of garbage, until the package is
   * read. Of 195 packages of Alpine the largest has 3,000.
   */
  readonly entries: number;
  /** Files below a folder of sources, which are listed before they are copied into a build. */
  readonly sourceFiles: number;
  /**
   * How many times its packed size a stream may unpack to, once it has unpacked to 64 MiB. Deflate reaches 1,032 on zeros; of 260
   * packages of Alpine none reaches 40, and none above 1 MiB 15. This ends a bomb early, whatever the other limits allow.
   */
  readonly unpackRatio: number;
  /**
   * An index, unpacked; it is held in memory while it is read. The largest public one here (Alpine's community) has 8 MB, and one that
   * keeps ten versions of each package would have 80. (apko allows 300 MiB, and takes as much memory.)
   */
  readonly indexBytes: number;
  /** As `unpackRatio`, for an index that unpacks to more than 16 MiB. Alpine's reach 5. */
  readonly indexRatio: number;
  /** Records of an index; each takes some 500 bytes of memory. Alpine's two have 23,000 together. */
  readonly records: number;
  /** Dependencies and provided names of all records of an index together. Alpine's two indexes have 133,000. */
  readonly items: number;
  /** The records of one PAX header. Linux keeps an extended attribute below 64 KiB; no real header comes near. */
  readonly paxBytes: number;
  /**
   * All PAX records and long names of one archive together: names and attributes are kept in memory until it is read. A file of a
   * package takes 60 to 150 bytes.
   */
  readonly headerBytes: number;
  /** A path inside a package, or the target of a link; Linux's PATH_MAX. */
  readonly pathBytes: number;
  /** Any HTTP response that is read into memory: API answers, keys, token responses. */
  readonly responseBytes: number;
  /** Any HTTP response that is written to disk: packages and sources. */
  readonly downloadBytes: number;
  /** A manifest or image index; the distribution specification asks registries to take 4 MiB, and they refuse more. */
  readonly manifestBytes: number;
  /** A configuration file (YAML), or a file of an image that is read whole. The largest real melange YAML has 60 KiB. */
  readonly configBytes: number;
  /**
   * Words, signs and comments of a configuration file (YAML): a node of a parser's tree takes one to three of them, and a KiB of memory.
   * The largest real file has 3,000.
   */
  readonly configTokens: number;
  /** Levels of nesting in a configuration file, of includes and of pipelines. Real ones have up to 12. */
  readonly depth: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export const defaultLimits: Limits = {
  controlBytes: 10 * MiB,
  infoBytes: 1 * MiB,
  dataBytes: 16 * GiB,
  entries: 120_000,
  sourceFiles: 2_000_000,
  unpackRatio: 200,
  indexBytes: 96 * MiB,
  indexRatio: 50,
  records: 300_000,
  items: 2_000_000,
  paxBytes: 1 * MiB,
  headerBytes: 32 * MiB,
  pathBytes: 4096,
  responseBytes: 64 * MiB,
  downloadBytes: 8 * GiB,
  manifestBytes: 4 * MiB,
  configBytes: 4 * MiB,
  configTokens: 200_000,
  depth: 64,
};

/**
 * Refuses a count or size over its limit; `name` says which limit the user may raise.
 * @throws CoreError LIMIT_EXCEEDED
 */
export function requireWithin(what: string, value: number, limit: number, name?: keyof Limits): void {
  if (value <= limit) return;
  const hint =
    name === undefined
      ? "this bound is fixed: the input is malformed or hostile"
      : `if the input is genuine, raise the limit with --limit ${limitOption(name)}=…; otherwise it is malformed or hostile`;
  throw new CoreError("LIMIT_EXCEEDED", `${what}: ${String(value)} is over the limit of ${String(limit)}`, { hint });
}

/** What users call a limit: `index-bytes`. */
export function limitOption(name: keyof Limits): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
