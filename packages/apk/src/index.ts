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
