import type { Checksum } from "./bill.ts";

/** Hex digits of each algorithm that SPDX 2.3 and CycloneDX 1.6 know, and its name in the latter ("" where it has none). */
const algorithms: Readonly<Record<string, readonly [digits: number, cyclonedx: string]>> = {
  MD5: [32, "MD5"],
  SHA1: [40, "SHA-1"],
  SHA224: [56, ""],
  SHA256: [64, "SHA-256"],
  SHA384: [96, "SHA-384"],
  SHA512: [128, "SHA-512"],
  "SHA3-256": [64, "SHA3-256"],
  "SHA3-384": [96, "SHA3-384"],
  "SHA3-512": [128, "SHA3-512"],
  "BLAKE2b-256": [64, "BLAKE2b-256"],
  "BLAKE2b-384": [96, "BLAKE2b-384"],
  "BLAKE2b-512": [128, "BLAKE2b-512"],
};

/** A checksum of a known algorithm and the right length; undefined for any other. */
export function parseChecksum(algorithm: string, text: string): Checksum | undefined {
  const value = text.toLowerCase();
  const digits = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm]?.[0] : undefined;
  return value.length === digits && /^[0-9a-f]+$/.test(value) ? { algorithm, value } : undefined;
}

/** CycloneDX's name of an algorithm; undefined where it has none. */
export function cycloneDxAlgorithm(algorithm: string): string | undefined {
  return algorithms[algorithm]?.[1] || undefined;
}
