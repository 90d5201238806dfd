export {
  scriptNames,
  type IndexRecord,
  type PackageControl,
  type PackageInfo,
  type ScriptName,
} from "./package-info.ts";
export type { BlobRef, DataFacts, PackageEntry, StoredPackage } from "./stored-package.ts";
export type { Keyring, PublicKey, SigningKey } from "./keys.ts";
export type { AvailablePackage, Repository } from "./repository.ts";
export { ApkError, type ApkErrorCode } from "./apk-error.ts";
export { allArchs, toApkArch, toOciArch, toPlatform, type ArchPlatform } from "./architectures.ts";
export { formatPackageControl, parsePackageControl } from "./package-control.ts";
export { formatIndexText, parseIndexText } from "./index-text.ts";
export { generateKey, loadSigningKey, type SigningKeyOptions } from "./signing-key.ts";
export { keyringOf, loadKeyring, mergeKeyrings, parsePublicKey } from "./keyring.ts";
export { isInstalledPath } from "./payload-rules.ts";
export { verifyPackageFile, type VerifiedPackage } from "./verify-package.ts";
export type { Credentials } from "./credentials.ts";
export { encodeIndex, readIndex, requireIndexSigner, type EncodeIndexOptions, type IndexFile } from "./index-file.ts";
export { indexPackages, indexRecordOf, mergeIndexes, type IndexPackagesOptions } from "./index-packages.ts";
export { openRepositories, type OpenRepositoriesOptions } from "./repositories.ts";
export { fetchPackage, fetchPackages, type PackagePorts } from "./fetch-package.ts";
export { openPackageData, readPackageFile, type PackageDataItem } from "./package-data.ts";
export { readPackageHead } from "./package-file.ts";
export { writePackage, type WritePackageOptions, type WrittenPackage } from "./package-writer.ts";
export type { PackageItem } from "./data-writer.ts";
export type { EntryContent } from "./entry-content.ts";
export { signIndex, signPackage } from "./sign-files.ts";
export { compareVersions, isValidVersion, matchVersion, splitNameVersion, type VersionOperator } from "./version.ts";
export { formatDependency, isMatch, parseDependency, type Dependency } from "./dependency.ts";
export { addToWorld, requireSolution, solve, type Solution, type SolveRequest } from "./solve.ts";
export { solveAll } from "./solve-all.ts";
