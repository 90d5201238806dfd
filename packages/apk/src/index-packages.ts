import { setImmediate as nextTurn } from "node:timers/promises";
import { defaultLimits, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { compareRecords } from "./index-text.ts";
import type { Keyring } from "./keys.ts";
import { packageHeadReader } from "./package-file.ts";
import type { IndexRecord, PackageControl } from "./package-info.ts";
import { requireSigner } from "./signature.ts";
import type { StoredPackage } from "./stored-package.ts";

export interface IndexPackagesOptions {
  readonly limits?: Limits;
  /** When given, a package must be signed by one of these keys. */
  readonly keyring?: Keyring;
  /**
   * apk's name of the architecture whose folder the index is for: `noarch` packages are listed under it, because clients
   * look for a package in the folder that its record names, and packages of another architecture are refused.
   */
  readonly arch?: string;
  /** Read packages whole, and refuse one whose data is not what it says, instead of leaving that to whoever fetches it. */
  readonly verify?: boolean;
}

/**
 * Index records of package files, in index order. Only heads are read, unless `verify` asks for more.
 * @throws ApkError APK_…, INDEX_CONFLICT when two files are different packages of one name and version
 */
export async function indexPackages(
  paths: readonly string[],
  { limits = defaultLimits, keyring, arch, verify = false }: IndexPackagesOptions = {},
): Promise<IndexRecord[]> {
  const readHead = packageHeadReader(limits);
  const records: IndexRecord[] = [];
  for (const [position, path] of paths.entries()) {
    if (position % packagesATurn === packagesATurn - 1) await nextTurn();
    const { head, sizeBytes } = readHead(path);
    if (keyring !== undefined) requireSigner(head.signatures, head.controlMember, keyring, { kind: "APK", what: path });
    if (verify) await requireWhole(path, head.identity, limits);
    records.push(underArch(recordOf(head.control, head.identity, sizeBytes), arch));
  }
  return sortedRecords(records);
}

/** @throws ApkError APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, …; APK_IDENTITY for a file that changes meanwhile */
async function requireWhole(path: string, identity: string, limits: Limits): Promise<void> {
  const { describePackageFile } = await import("./describe-package.ts");
  const whole = await describePackageFile(path, { limits });
  if (whole.identity === identity) return;
  throw new ApkError("APK_IDENTITY", `${path}: the package changed while it was read`, {
    hint: "run the command again",
  });
}

/** Heads are read synchronously: this is how often others get a turn, about every 20 ms. */
const packagesATurn = 100;

/** The index record of a package in the store. `apkSizeBytes` is the size of its `.apk` file: head and data. */
export function indexRecordOf(stored: StoredPackage, apkSizeBytes: number): IndexRecord {
  return recordOf(stored.control, stored.identity, apkSizeBytes);
}

/** Both indexes as one, in index order; of one name and version, the record of `added` stays. */
export function mergeIndexes(existing: readonly IndexRecord[], added: readonly IndexRecord[]): IndexRecord[] {
  const byVersion = new Map<string, IndexRecord>();
  for (const record of [...existing, ...added]) byVersion.set(`${record.name}-${record.version}`, record);
  return [...byVersion.values()].sort(compareRecords);
}

function recordOf(control: PackageControl, identity: string, sizeBytes: number): IndexRecord {
  return {
    checksum: identity,
    name: control.name,
    version: control.version,
    arch: control.arch,
    sizeBytes,
    installedSizeBytes: control.installedSizeBytes,
    description: control.description,
    url: control.url,
    license: control.license,
    origin: control.origin,
    maintainer: control.maintainer,
    commit: control.commit,
    buildTime: control.buildTime,
    providerPriority: control.providerPriority,
    depends: control.depends,
    provides: control.provides,
    installIf: control.installIf,
    problem: undefined,
  };
}

function underArch(record: IndexRecord, arch: string | undefined): IndexRecord {
  if (arch === undefined || record.arch === arch) return record;
  if (record.arch === "noarch") return { ...record, arch };
  throw new ApkError(
    "INDEX_CONFLICT",
    `package ${record.name}-${record.version} is for ${record.arch}, the index for ${arch}`,
    { hint: "keep the packages of each architecture in a folder of their own", context: { package: record.name } },
  );
}

function sortedRecords(records: readonly IndexRecord[]): IndexRecord[] {
  const byVersion = new Map<string, IndexRecord>();
  for (const record of records) {
    const nameVersion = `${record.name}-${record.version}`;
    const other = byVersion.get(nameVersion);
    if (other !== undefined && other.checksum !== record.checksum) {
      throw new ApkError("INDEX_CONFLICT", `two different packages ${nameVersion}`, {
        hint: "index only one of them, or build one with a higher epoch",
        context: { package: record.name },
      });
    }
    byVersion.set(nameVersion, record);
  }
  return [...byVersion.values()].sort(compareRecords);
}
