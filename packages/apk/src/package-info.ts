/**
 * What a package says about itself: the fields that `.PKGINFO` and an index record share.
 * Dependency items stay as written (`so:libc.musl-x86_64.so.1`, `foo>=1.2`, `!bar`); `parseDependency` reads them.
 * Source: reference apk-formats A1 and A4.
 */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  /** apk's own name of the architecture (`x86_64`, `aarch64`, `noarch`). */
  readonly arch: string;
  readonly description: string;
  readonly url: string;
  readonly license: string;
  readonly origin: string;
  readonly maintainer: string;
  readonly commit: string;
  /** Seconds since the epoch; 0 when not given. */
  readonly buildTime: number;
  readonly installedSizeBytes: number;
  readonly providerPriority: number;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly installIf: readonly string[];
}

/** `.PKGINFO` has more than an index record does. */
export interface PackageControl extends PackageInfo {
  readonly replaces: readonly string[];
  readonly replacesPriority: number;
  /** Globs of directories. */
  readonly triggers: readonly string[];
  /** SHA-256 of the compressed data section, 64 hex digits; "" where the package has none. */
  readonly dataHash: string;
  /** Of v3 packages only: what it would like to have beside it. */
  readonly recommends?: readonly string[];
  /** Of v3 packages only: the number of the layer that apk installs it into; 0 is the root. */
  readonly layer?: number;
  /** Of v3 packages only: free words. */
  readonly tags?: readonly string[];
}

/** One package of an index. */
export interface IndexRecord extends PackageInfo {
  /** `Q1` and the base64 SHA-1 of the control member's compressed bytes: the identity of a v2 package. */
  readonly checksum: string;
  /** Size of the `.apk` file. */
  readonly sizeBytes: number;
  /** Why apk would not install the package, such as a record with a field that a reader must know. */
  readonly problem?: string | undefined;
}

/** A record that says nothing: what is made of less than an index has begins with it. */
export const emptyRecord: IndexRecord = {
  name: "",
  version: "",
  arch: "",
  description: "",
  url: "",
  license: "",
  origin: "",
  maintainer: "",
  commit: "",
  buildTime: 0,
  installedSizeBytes: 0,
  providerPriority: 0,
  depends: [],
  provides: [],
  installIf: [],
  checksum: "",
  sizeBytes: 0,
};

export const scriptNames = [
  "pre-install",
  "post-install",
  "pre-upgrade",
  "post-upgrade",
  "pre-deinstall",
  "post-deinstall",
  "trigger",
] as const;

export type ScriptName = (typeof scriptNames)[number];
