import { defaultLimits, type Limits } from "@apkmill/core";
import { openAdbPackage } from "./adb/package-reader.ts";
import type { Keyring } from "./keys.ts";
import { hasKnownSigner, requireClaimSigner, type PackageClaim } from "./package-claim.ts";
import { openPackageFile, type PackageFile } from "./package-file.ts";
import type { PackageControl, ScriptName } from "./package-info.ts";
import { readPackage } from "./package-reader.ts";
import { sniffPackage } from "./sniff.ts";
import type { PackageEntry } from "./stored-package.ts";

/** All that a package file of either format says, read to its last byte and found to be what it says. */
export interface PackageDescription {
  readonly format: "v2" | "v3";
  readonly control: PackageControl;
  readonly scripts: ReadonlyMap<ScriptName, Uint8Array>;
  readonly signatures: readonly SignatureDescription[];
  /** As an index writes it: `Q1…` of v2, `Q2…` of v3. */
  readonly identity: string;
  readonly entries: readonly PackageEntry[];
  /** Of the file. */
  readonly sizeBytes: number;
  /** Of the compressed data section; undefined for v3, which has none. */
  readonly dataSizeBytes?: number;
  /** Of the tar of its files; v3 has none, so it is that of the tar that is made of them here. */
  readonly unpackedSizeBytes: number;
}

/** Who signed: v2 names the file of the key, v3 has an id that is computed from the key. */
export interface SignatureDescription {
  /** `sha1`, `sha256`, `sha512`, or `sha256-160`: what is signed with. "" for one that is not known. */
  readonly algorithm: string;
  readonly keyName?: string;
  /** 32 hex digits. */
  readonly keyId?: string;
}

export interface DescribePackageOptions {
  readonly limits?: Limits;
  /** Judges the signatures before the data is touched; throws to refuse. */
  readonly requireClaim?: (claim: PackageClaim) => void;
}

/**
 * Reads a package file whole and describes it. Its content is held against its own hashes, its signatures are not judged
 * unless `requireClaim` does.
 * @throws ApkError APK_… · CoreError LIMIT_EXCEEDED
 */
export async function describePackageFile(
  path: string,
  options: DescribePackageOptions = {},
): Promise<PackageDescription> {
  return describePackage(await openPackageFile(path), path, options);
}

/** {@link describePackageFile} for an open file, wherever it is; `what` names it in messages. */
export async function describePackage(
  file: PackageFile,
  what: string,
  { limits = defaultLimits, requireClaim = () => undefined }: DescribePackageOptions = {},
): Promise<PackageDescription> {
  const { format, bytes } = await sniffPackage(file.read());
  const options = { what, limits, requireClaim };
  const described = format === "v2" ? await describeV2(bytes, options) : await describeV3(bytes, options);
  return { ...described, sizeBytes: file.sizeBytes };
}

interface ReadOptions {
  readonly what: string;
  readonly limits: Limits;
  readonly requireClaim: (claim: PackageClaim) => void;
}

async function describeV2(
  bytes: AsyncIterable<Uint8Array>,
  { requireClaim, ...options }: ReadOptions,
): Promise<Omit<PackageDescription, "sizeBytes">> {
  const { head, contents, dataSizeBytes } = await readPackage(bytes, { ...options, requireHead: requireClaim });
  return {
    ...describeClaim(head),
    identity: head.identity,
    signatures: head.signatures.map(({ digest, keyName }) => ({ algorithm: digest, keyName })),
    entries: contents.entries,
    dataSizeBytes,
    unpackedSizeBytes: contents.unpackedSizeBytes,
  };
}

async function describeV3(
  bytes: AsyncIterable<Uint8Array>,
  { what, limits, requireClaim }: ReadOptions,
): Promise<Omit<PackageDescription, "sizeBytes">> {
  const adb = await openAdbPackage(bytes, { what, limits });
  try {
    const { head } = adb;
    requireClaim(head);
    const entries: PackageEntry[] = [];
    let unpackedSizeBytes = 0;
    for await (const chunk of adb.tar(head.items(), entries)) unpackedSizeBytes += chunk.byteLength;
    return {
      ...describeClaim(head),
      identity: head.fullIdentity,
      signatures: head.signatures.map(({ digest = "", keyId }) => ({ algorithm: digest, keyId })),
      entries,
      unpackedSizeBytes,
    };
  } finally {
    await adb.close();
  }
}

function describeClaim({
  format,
  control,
  scripts,
}: PackageClaim): Pick<PackageDescription, "format" | "control" | "scripts"> {
  return { format, control, scripts };
}

/**
 * The judge of a package's signatures, and what it found: the name of the key that signed, or undefined where
 * `allowUntrusted` let one pass that is unsigned or signed by nobody known. A bad signature by a known key never passes.
 */
export function signerJudge(
  keyring: Keyring,
  what: string,
  { allowUntrusted = false }: { readonly allowUntrusted?: boolean } = {},
): { readonly requireClaim: (claim: PackageClaim) => void; readonly signer: () => string | undefined } {
  let signer: string | undefined;
  return {
    requireClaim: (claim) => {
      if (allowUntrusted && !hasKnownSigner(claim, keyring)) return;
      signer = requireClaimSigner(claim, keyring, what);
    },
    signer: () => signer,
  };
}
