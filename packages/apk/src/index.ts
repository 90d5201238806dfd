export {
  emptyRecord,
  scriptNames,
  type IndexRecord,
  type PackageControl,
  type PackageInfo,
  type ScriptName,
} from "./package-info.ts";
export { decodeDataFacts, encodeDataFacts } from "./data-facts.ts";
export type { BlobRef, DataFacts, PackageEntry, StoredHead, StoredPackage } from "./stored-package.ts";
export type { Keyring, PublicKey, SigningKey } from "./keys.ts";
export type { AvailablePackage, Repository } from "./repository.ts";
export { ApkError, type ApkErrorCode } from "./apk-error.ts";
export { allArchs, toApkArch, toOciArch, toPlatform, type ArchPlatform } from "./architectures.ts";
export { formatPackageControl, parsePackageControl } from "./package-control.ts";
export { formatIndexText, parseIndexText } from "./index-text.ts";
export { generateKey, loadSigningKey, type SigningKeyOptions } from "./signing-key.ts";
export { keyringOf, loadKeyring, mergeKeyrings, parsePublicKey, publicKeyOf } from "./keyring.ts";
export { normalizeIdentity, shortIdentity } from "./identity.ts";
export { narrow } from "./solver/narrow.ts";
export { adbDatabaseSums } from "./database-sums.ts";
export { isInstalledPath } from "./payload-rules.ts";
export {
  describePackage,
  describePackageFile,
  signerJudge,
  type DescribePackageOptions,
  type PackageDescription,
  type SignatureDescription,
} from "./describe-package.ts";
export { verifyPackage, verifyPackageFile, type VerifiedPackage } from "./verify-package.ts";
export type { Credentials, FindAuthorization } from "./credentials.ts";
export { loadCredentials } from "./load-credentials.ts";
export { encodeIndex, readIndex, requireIndexSigner, type IndexFile } from "./index-file.ts";
export type { EncodeIndexOptions } from "./text-index.ts";
export { indexPackages, indexRecordOf, mergeIndexes, type IndexPackagesOptions } from "./index-packages.ts";
export { openRepositories, type OpenRepositoriesOptions } from "./repositories.ts";
export { loadRepositoriesFiles, parseRepositoriesFile } from "./repositories-file.ts";
export {
  parseLocation,
  printableLocation,
  repositoryLine,
  type Location,
  type Place,
  type RepositoryLayout,
} from "./location.ts";
export { discoverKeys, type DiscoverKeysOptions } from "./discover-keys.ts";
export { availableAt, packageAddress, type AddressedPackage } from "./package-address.ts";
export { fetchPackage, fetchPackages, type PackagePorts } from "./fetch-package.ts";
export { withUnpacking } from "./unpack/unpacking.ts";
export { openPackageData, readPackageFile, type ContentPorts, type PackageDataItem } from "./package-data.ts";
export { writePackage, type WritePackageOptions, type WrittenPackage } from "./package-writer.ts";
export type { PackageItem } from "./data-writer.ts";
export type { EntryContent } from "./entry-content.ts";
export { indexSigners, signIndex, signPackage, type SignOptions } from "./sign-files.ts";
export { updateIndex, type UpdatedIndex, type UpdateIndexOptions } from "./update-index.ts";
export { isPackageUrl, openPackage, type OpenPackage } from "./open-package.ts";
export { compareVersions, isValidVersion, matchVersion, splitNameVersion, type VersionOperator } from "./version.ts";
export { formatDependency, isMatch, parseDependency, tryDependency, type Dependency } from "./dependency.ts";
export {
  addToWorld,
  requireSolution,
  requireSolved,
  solve,
  type Solution,
  type Solved,
  type SolveRequest,
} from "./solve.ts";
export type { AddVerb, FixVerb, RemoveVerb, UpgradeVerb, Verb, VirtualPackage } from "./solver/verb.ts";
export type { Kept } from "./solver/kept.ts";
export { solveAll } from "./solve-all.ts";
export { lockPackage, parseLock, solveLocked, type Lock, type LockedPackage, type LockedSolution } from "./lock.ts";
export { impliedWorld } from "./solver/implied-world.ts";
export { laidDown, type Change } from "./solver/change.ts";
export {
  unsaidDirectory,
  unsaidFile,
  type InstalledDirectory,
  type InstalledFile,
  type InstalledOwner,
  type InstalledPackage,
  type InstalledRecord,
} from "./installed-package.ts";
export { solveAllRemembered, solveRemembered } from "./remembered-solution.ts";
