import { createHash, hash, verify, type KeyObject } from "node:crypto";
import { ApkError } from "../apk-error.ts";
import type { Keyring } from "../keys.ts";
import { derBitString } from "./der-bit-string.ts";
import type { Subject } from "./subject.ts";

/**
 * Signatures of v3 packages and indexes (reference apk-formats A11). A block is a version, a hash algorithm, the id of the
 * key, and the signature over the schema, these 18 bytes and the hash of the metadata. The content of a package's files is
 * signed through their hashes in the metadata.
 */
export interface AdbSignature {
  /** First 16 bytes of the SHA-512 of the public key, 32 hex digits. */
  readonly keyId: string;
  /** What the metadata is hashed with. Undefined: not known here, and then no signature at all. */
  readonly digest: AdbDigest | undefined;
  readonly header: Buffer;
  readonly value: Buffer;
}

export type AdbDigest = "sha256" | "sha512" | "sha256-160";

/** What a signature vouches for. */
export interface AdbSigned {
  /** The four bytes that tell packages from indexes. */
  readonly schema: Buffer;
  readonly payload: Buffer;
}

const headerBytes = 18;
const digests: readonly (AdbDigest | undefined)[] = [undefined, undefined, undefined, "sha256", "sha512", "sha256-160"];

/** The signature in the payload of a block; undefined for one that is too short to be one. */
export function parseSignature(block: Buffer): AdbSignature | undefined {
  if (block.length <= headerBytes) return undefined;
  const [version, algorithm] = block;
  return {
    keyId: block.toString("hex", 2, headerBytes),
    digest: version === 0 ? digests[algorithm ?? 0] : undefined,
    header: block.subarray(0, headerBytes),
    value: block.subarray(headerBytes),
  };
}

/** The id by which signatures name a key. @throws ApkError KEY_FORMAT */
export function keyIdOf(key: KeyObject): string {
  const info = key.export({ type: "spki", format: "der" });
  return createHash("sha512").update(derBitString(info)).digest("hex").slice(0, 32);
}

/**
 * The name of the key that signed. Signatures by keys that are not known say nothing; one by a known key that does not hold
 * is refused even beside a good one, so that no part of the file may be changed unnoticed by who has the key for it.
 * @throws ApkError `<kind>_UNSIGNED`, `<kind>_UNKNOWN_SIGNER`, `<kind>_BAD_SIGNATURE`
 */
export function requireAdbSigner(
  signatures: readonly AdbSignature[],
  signed: AdbSigned,
  keyring: Keyring,
  { kind, what }: Subject,
): string {
  if (signatures.length === 0) {
    throw new ApkError(`${kind}_UNSIGNED`, `${what} is not signed`, {
      hint: "sign it, or allow unsigned content explicitly if its source is trusted",
      context: { package: what },
    });
  }
  const names = knownSigners(signatures, keyring).map(({ name, key, signature }) => {
    if (isGood(signature, signed, key)) return name;
    throw new ApkError(`${kind}_BAD_SIGNATURE`, `${what}: the signature by ${name} does not match the content`, {
      hint: "fetch it again; if it stays so, it was changed",
      context: { package: what },
    });
  });
  const [first] = names;
  if (first !== undefined) return first;
  const ids = signatures.map(({ keyId }) => keyId).join(", ");
  throw new ApkError(`${kind}_UNKNOWN_SIGNER`, `${what} is signed by the key ${ids}, which is not in the keyring`, {
    hint: "add the public key of its repository to the keyring if you trust it",
    context: { package: what },
  });
}

/** True when one of the signatures is by a key of the keyring, whether or not it holds. */
export function isSignedByKnown(signatures: readonly AdbSignature[], keyring: Keyring): boolean {
  return knownSigners(signatures, keyring).length > 0;
}

interface KnownSigner {
  readonly name: string;
  readonly key: KeyObject;
  readonly signature: AdbSignature;
}

function knownSigners(signatures: readonly AdbSignature[], keyring: Keyring): KnownSigner[] {
  if (signatures.length === 0) return [];
  const byId = new Map([...keyring.keys.values()].map((known) => [keyIdOf(known.key), known]));
  return signatures.flatMap((signature) => {
    const known = byId.get(signature.keyId);
    return known === undefined ? [] : [{ name: known.name, key: known.key, signature }];
  });
}

function isGood({ digest, header, value }: AdbSignature, { schema, payload }: AdbSigned, key: KeyObject): boolean {
  if (digest === undefined || !["rsa", "ec"].includes(key.asymmetricKeyType ?? "")) return false;
  const sum = digest === "sha512" ? hash("sha512", payload, "buffer") : hash("sha256", payload, "buffer");
  const message = Buffer.concat([schema, header, digest === "sha256-160" ? sum.subarray(0, 20) : sum]);
  return verify("sha512", message, key, value);
}
