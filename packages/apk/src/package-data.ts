import { createReadStream, readFileSync } from "node:fs";
import { gunzip, readTar, splitGzipMembers } from "@apkmill/archive";
import type { Limits, Ports } from "@apkmill/core";
import { asFormatError } from "./format-error.ts";
import type { Keyring } from "./keys.ts";
import { openPackageFile } from "./package-file.ts";
import { requireClaimSigner } from "./package-claim.ts";
import { findData } from "./package-store.ts";
import { storePackage } from "./store-package.ts";
import type { PackageEntry, StoredPackage } from "./stored-package.ts";

/** Where content lies, and how much of it may be. */
export type ContentPorts = Pick<Ports, "store" | "limits">;

/**
 * A local package file of either format, whole, in the store. Its content is held against its own hashes; with a keyring its
 * signature must be good as well, without one the caller vouches for the file.
 * @throws ApkError APK_… · CoreError LIMIT_EXCEEDED
 */
export async function readPackageFile(
  ports: ContentPorts,
  path: string,
  { keyring }: { readonly keyring?: Keyring } = {},
): Promise<StoredPackage> {
  const file = await openPackageFile(path);
  return storePackage(ports, file.read(), {
    what: path,
    requireClaim: (claim) => {
      if (keyring !== undefined) requireClaimSigner(claim, keyring, path);
    },
  });
}

/** One entry of a package with its content; unread content is skipped. */
export interface PackageDataItem {
  readonly entry: PackageEntry;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The entries of a stored package with their content, in archive order. `entry` is the one of `contents`, hashes and all.
 * @throws ApkError APK_MISSING when the store no longer has the data
 */
export async function* openPackageData(
  { store, limits }: ContentPorts,
  stored: StoredPackage,
): AsyncGenerator<PackageDataItem> {
  const what = `${stored.control.name}-${stored.control.version}`;
  const path = await findData(store, stored);
  let position = 0;
  try {
    const inflated = inflateData(path, stored.contents.unpackedSizeBytes, { limits, what });
    for await (const { content } of readTar(inflated, limits, { what, dialect: "apk" })) {
      const entry = stored.contents.entries[position];
      position += 1;
      if (entry !== undefined) yield { entry, content };
    }
  } catch (error) {
    throw asFormatError("APK_FORMAT", what, error);
  }
}

/** Below this size streams would take longer to be set up than to be read. */
const smallBytes = 1 << 21;

/** The tar of a data section, in one piece when it is small. @throws ArchiveError · CoreError LIMIT_EXCEEDED */
async function* inflateData(
  path: string,
  unpackedSizeBytes: number,
  { limits, what }: { readonly limits: Limits; readonly what: string },
): AsyncGenerator<Uint8Array> {
  const options = { what, limitBytes: limits.dataBytes, limitName: "dataBytes", ratio: limits.unpackRatio } as const;
  if (unpackedSizeBytes <= smallBytes) {
    for (const { content } of splitGzipMembers(readFileSync(path), options)) yield content;
    return;
  }
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  yield* gunzip(file, { ...options, sizeHintBytes: unpackedSizeBytes });
}
