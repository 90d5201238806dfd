import { isSignedByKnown, requireAdbSigner } from "./adb/signature-block.ts";
import type { AdbHead } from "./adb/package-head.ts";
import type { Keyring } from "./keys.ts";
import type { PackageHead } from "./package-head.ts";
import { hasSigner, requireSigner } from "./signature.ts";

/** What a package of either format says of itself before its data: all that trust in it is decided by. */
export type PackageClaim = PackageHead | AdbHead;

/**
 * True when an index that writes `identity`, as `normalizeIdentity` spells it, means this package. Of a v3 package it may
 * write the whole SHA-256 or its first 20 bytes.
 */
export function isNamedBy(claim: PackageClaim, identity: string): boolean {
  return claim.identity === identity || (claim.format === "v3" && claim.fullIdentity === identity);
}

/** The identity that this package would have in the form that `identity` has, for messages. */
export function identityLike(claim: PackageClaim, identity: string): string {
  return claim.format === "v3" && identity.startsWith("Q2") ? claim.fullIdentity : claim.identity;
}

/** The name of the key that signed. @throws ApkError APK_UNSIGNED, APK_UNKNOWN_SIGNER, APK_BAD_SIGNATURE */
export function requireClaimSigner(claim: PackageClaim, keyring: Keyring, what: string): string {
  return claim.format === "v2"
    ? requireSigner(claim.signatures, claim.controlMember, keyring, { kind: "APK", what })
    : requireAdbSigner(claim.signatures, claim, keyring, { kind: "APK", what });
}

/** True when a key of the keyring is named as a signer, whether or not the signature holds, or is one under another name. */
export function hasKnownSigner(claim: PackageClaim, keyring: Keyring): boolean {
  return claim.format === "v2"
    ? hasSigner(claim.signatures, claim.controlMember, keyring)
    : isSignedByKnown(claim.signatures, keyring);
}
