import { defaultLimits, type Limits } from "@apkmill/core";
import type { Keyring } from "./keys.ts";
import { openPackageFile } from "./package-file.ts";
import type { PackageControl } from "./package-info.ts";
import { hashingSink, readPackage } from "./package-reader.ts";
import { requireSigner } from "./signature.ts";
import type { PackageEntry } from "./stored-package.ts";

/** A package file that holds what its signer put there. */
export interface VerifiedPackage {
  readonly control: PackageControl;
  /** Name of the key that signed it; undefined where `allowUntrusted` let a package without a known signer pass. */
  readonly signer: string | undefined;
  readonly identity: string;
  readonly entries: readonly PackageEntry[];
  readonly sizeBytes: number;
}

/**
 * Verifies a package file from its signature to the last file hash, and returns what it holds.
 * With `allowUntrusted` a package that is unsigned or signed by an unknown key passes when it is intact; a bad signature
 * by a known key never does.
 * @throws ApkError APK_UNSIGNED, APK_UNKNOWN_SIGNER, APK_BAD_SIGNATURE, APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT,
 *   APK_CONTROL, APK_UNSAFE_PATH, APK_UNSUPPORTED, APK_MISSING · CoreError LIMIT_EXCEEDED
 */
export async function verifyPackageFile(
  path: string,
  keyring: Keyring,
  limits: Limits = defaultLimits,
  { allowUntrusted = false }: { readonly allowUntrusted?: boolean } = {},
): Promise<VerifiedPackage> {
  const file = await openPackageFile(path);
  let signer: string | undefined;
  const { head, contents } = await readPackage(file.read(), {
    what: path,
    limits,
    sizeHintBytes: file.sizeBytes,
    sink: hashingSink(path),
    requireHead: ({ signatures, controlMember }) => {
      const known = signatures.some(({ keyName }) => keyring.keys.has(keyName));
      if (allowUntrusted && !known) return;
      signer = requireSigner(signatures, controlMember, keyring, { kind: "APK", what: path });
    },
  });
  return {
    control: head.control,
    signer,
    identity: head.identity,
    entries: contents.entries,
    sizeBytes: file.sizeBytes,
  };
}
