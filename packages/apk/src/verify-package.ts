import { defaultLimits, type Limits } from "@apkmill/core";
import { describePackage, signerJudge, type PackageDescription } from "./describe-package.ts";
import type { Keyring } from "./keys.ts";
import { openPackageFile, type PackageFile } from "./package-file.ts";

/** A package file that holds what its signer put there. */
export interface VerifiedPackage extends PackageDescription {
  /** Name of the key that signed it; undefined where `allowUntrusted` let a package without a known signer pass. */
  readonly signer: string | undefined;
}

/**
 * Verifies a package file of either format from its signature to the last file hash, and returns what it holds.
 * With `allowUntrusted` a package that is unsigned or signed by an unknown key passes when it is intact; a bad signature
 * by a known key never does.
 * @throws ApkError APK_UNSIGNED, APK_UNKNOWN_SIGNER, APK_BAD_SIGNATURE, APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT,
 *   APK_CONTROL, APK_IDENTITY, APK_UNSAFE_PATH, APK_MISSING · CoreError LIMIT_EXCEEDED
 */
export async function verifyPackageFile(
  path: string,
  keyring: Keyring,
  limits: Limits = defaultLimits,
  options: { readonly allowUntrusted?: boolean } = {},
): Promise<VerifiedPackage> {
  return verifyPackage(await openPackageFile(path), path, keyring, limits, options);
}

/** {@link verifyPackageFile} for an open file, wherever it is; `what` names it in messages. */
export async function verifyPackage(
  file: PackageFile,
  what: string,
  keyring: Keyring,
  limits: Limits = defaultLimits,
  options: { readonly allowUntrusted?: boolean } = {},
): Promise<VerifiedPackage> {
  const { requireClaim, signer } = signerJudge(keyring, what, options);
  const described = await describePackage(file, what, { limits, requireClaim });
  return { ...described, signer: signer() };
}
