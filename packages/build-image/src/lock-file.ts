import type { IndexRecord } from "@apkmill/apk";

/**
 * The lock of an image: apko's (reference apko §2.5), field by field, and beside it one object `apkmill` that apko's reader passes over.
 *
 * apko's part says where every package is, and what its bytes are. Ours says what else the index said of a package, so that a
 * build needs none, the SHA-256 of its control section, of which apko's part has only a SHA-1, and with what options the lock was made.
 */
export interface ImageLock {
  /** Left out in a lock that does not say what it was made for. */
  readonly config?: LockedConfig | undefined;
  /** Sorted by name. */
  readonly keyring: readonly LockedKey[];
  readonly buildRepositories: readonly LockedRepository[];
  readonly runtimeRepositories: readonly LockedRepository[];
  readonly repositories: readonly LockedRepository[];
  /** By architecture, in install order within one. */
  readonly packages: readonly LockedImagePackage[];
  /** Left out in a lock of apko's. */
  readonly inputs?: LockInputs | undefined;
  /** The base images by architecture; left out in a lock of apko's, empty without one. */
  readonly bases?: readonly LockedBase[] | undefined;
}

/** One platform of a base image: its packages are not among those of the lock. */
export interface LockedBase {
  /** apk's name. */
  readonly architecture: string;
  /** Of its manifest. */
  readonly digest: string;
}

export interface LockedConfig {
  /** The path as it was given. */
  readonly name: string;
  /** `sha256-` and base64: of the bytes of the configuration and of all that it includes. */
  readonly checksum: string;
}

export interface LockedKey {
  readonly name: string;
  /** URL or path; "" for a key that was given as text. */
  readonly url: string;
  /** PEM; "" where the lock does not hold it. */
  readonly content: string;
}

/** One architecture of a repository. */
export interface LockedRepository {
  readonly name: string;
  /** Of its index. */
  readonly url: string;
  readonly architecture: string;
}

/** A part of a package's file: `bytes=0-646`, and `sha1-…` or `sha256-…`. Both "" where there is none, as in v3. */
export interface LockedMember {
  readonly range: string;
  readonly checksum: string;
}

export interface LockedImagePackage {
  readonly name: string;
  /** Of the package's file: a URL, or a path as the repository was given. */
  readonly url: string;
  readonly version: string;
  /** apk's name of the architecture of the image. */
  readonly architecture: string;
  readonly signature: LockedMember;
  readonly control: LockedMember;
  readonly data: LockedMember;
  /** `Q1…` */
  readonly checksum: string;
  readonly addition?: PackageAddition | undefined;
}

/** What apko's lock does not say of a package. */
export interface PackageAddition {
  /** `sha256-…` of the bytes that `checksum` is the SHA-1 of; of a v3 package of its metadata. */
  readonly control: string;
  /** What its index said otherwise than the package itself. */
  readonly index: IndexedOtherwise;
}

export type IndexedOtherwise = Partial<Pick<IndexRecord, IndexedField>>;

/** Fields of an index record by the kind of their value; the database of an image repeats them. */
export const indexedFields = {
  arch: "text",
  description: "text",
  url: "text",
  license: "text",
  origin: "text",
  maintainer: "text",
  commit: "text",
  buildTime: "number",
  installedSizeBytes: "number",
  providerPriority: "number",
  depends: "texts",
  provides: "texts",
  installIf: "texts",
  sizeBytes: "number",
} as const;

export type IndexedField = keyof typeof indexedFields;

/** What was given beside the configuration, without credentials. */
export interface LockInputs {
  readonly repositories: readonly string[];
  readonly buildRepositories: readonly string[];
  readonly keyring: readonly string[];
  readonly packages: readonly string[];
  readonly discoverKeys: boolean;
}

/** Where a configuration's lock is looked for: `apko.yaml` has `apko.lock.json`. */
export function lockfileOf(configPath: string): string {
  return `${configPath.replace(/\.[^./]*$/, "")}.lock.json`;
}

/** The text of a lock: apko's order of fields and white space. */
export function formatLock(lock: ImageLock): string {
  const { config, keyring, buildRepositories, runtimeRepositories, repositories, packages, inputs, bases = [] } = lock;
  const value = {
    version: "v1",
    ...(config === undefined ? {} : { config }),
    contents: {
      keyring,
      build_repositories: buildRepositories,
      runtime_repositories: runtimeRepositories,
      repositories,
      packages: packages.map(describePackage),
    },
    ...(inputs === undefined
      ? {}
      : { apkmill: { version: 1, inputs, bases, packages: packages.map(describeAddition) } }),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** apko's fields in apko's order. */
function describePackage(locked: LockedImagePackage): Omit<LockedImagePackage, "addition"> {
  const { name, url, version, architecture, signature, control, data, checksum } = locked;
  return { name, url, version, architecture, signature, control, data, checksum };
}

/** One for each of the lock's packages, in their order; name and architecture are for who reads it, and to notice a lost one. */
function describeAddition({ name, architecture, addition }: LockedImagePackage): Record<string, unknown> {
  return { name, architecture, control: addition?.control ?? "", index: addition?.index ?? {} };
}
