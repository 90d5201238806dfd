import { malformedAdb, type Subject } from "./subject.ts";

/**
 * The compression around an ADB file, by its first bytes (reference apk-formats A11): `ADB.` none, `ADBd` raw deflate,
 * `ADBc` with a byte each for algorithm and level.
 *
 * No hash and no signature covers the compressed bytes, only what they decompress to. So that little can hide in them, they
 * must be one stream that ends where the file does, without set bits behind its end; the level, of which nothing depends,
 * must be one that the algorithm has. What remains is that one content can be compressed in several ways: all of them are
 * the same package, with the same identity.
 */
export interface Wrapper {
  readonly algorithm: "none" | "deflate" | "zstd";
  /** Where the compressed bytes begin. */
  readonly startBytes: number;
}

/** Enough of a file to tell how it is wrapped. */
export const wrapperBytes = 6;

const algorithms: readonly (readonly [algorithm: Wrapper["algorithm"], maxLevel: number])[] = [
  ["none", 0],
  ["deflate", 9],
  ["zstd", 22],
];

/** True for the beginning of a v3 file, whatever its name. */
export function isAdb(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === 0x41 && bytes[1] === 0x44 && bytes[2] === 0x42;
}

/** How the file that begins with `start` is wrapped. @throws ApkError …_FORMAT */
export function parseWrapper(start: Uint8Array, subject: Subject): Wrapper {
  const [, , , form, algorithm, level] = start;
  if (isAdb(start) && form === 0x2e) return { algorithm: "none", startBytes: 0 };
  if (isAdb(start) && form === 0x64) return { algorithm: "deflate", startBytes: 4 };
  const [name, maxLevel = -1] = algorithms[algorithm ?? algorithms.length] ?? [];
  if (isAdb(start) && form === 0x63 && name !== undefined && (level ?? Infinity) <= maxLevel) {
    return { algorithm: name, startBytes: wrapperBytes };
  }
  const found = Buffer.from(start).toString("latin1", 0, wrapperBytes);
  throw malformedAdb(subject, `expected a v3 file in a known compression, found ${JSON.stringify(found)}`);
}

/** The error for compressed bytes that do not decompress. */
export function brokenCompression(subject: Subject, { algorithm }: Wrapper, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return malformedAdb(subject, `broken ${algorithm} stream: ${reason}`, cause);
}

/** The error for what stands behind the end of the compressed bytes. */
export function trailingBytes(subject: Subject, count: number): Error {
  return malformedAdb(subject, `${String(count)} bytes after the end of the compressed content`);
}

/** The error for a last byte with a bit set that no code is made of. */
export function spareBits(subject: Subject): Error {
  return malformedAdb(subject, "bits are set behind the end of the deflate stream");
}

/** The byte without its highest set bit: the bits of a deflate stream fill a byte from the lowest on. */
export function withoutHighestBit(byte: number): number {
  return byte === 0 ? 0 : byte & ~(1 << (31 - Math.clz32(byte)));
}
