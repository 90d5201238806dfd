import type { SigningKey } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import type { Sandbox } from "@apkmill/sandbox";

export interface BuildPorts extends Ports {
  readonly sandbox: Sandbox;
}

/** What `apk build` builds and how. Names follow the command line; see interface.md. */
export interface BuildOptions {
  /** Configuration files. They are built in dependency order, otherwise in this one. */
  readonly configs: readonly string[];
  /** In any spelling. A configuration that excludes one is skipped for it. */
  readonly archs: readonly string[];
  /** The folder above the architectures that packages and indexes go to. */
  readonly outDir: string;
  /** Where the workspace is filled from; the folder of each configuration when left out. */
  readonly sourceDir?: string;
  /** Start with an empty workspace. */
  readonly emptyWorkspace?: boolean;
  /** Repositories for environments, beside those of the configurations. */
  readonly repositories?: readonly string[];
  /** Public keys, in files, folders or at URLs, beside those of the configurations. */
  readonly keyring?: readonly string[];
  /** Take indexes of repositories as they come. */
  readonly ignoreSignatures?: boolean;
  /** More packages for every environment. */
  readonly extraPackages?: readonly string[];
  readonly pipelineDirs?: readonly string[];
  readonly envFiles?: readonly string[];
  readonly varsFile?: string;
  readonly buildOptions?: readonly string[];
  readonly libcFlavor?: string;
  /** Stands in the packages as maintainer and in their SBOMs; `unknown` when left out. */
  readonly namespace?: string;
  /** Signs packages and indexes, after everything is built. Steps never see it. */
  readonly signingKey?: SigningKey;
  /** Update `APKINDEX.tar.gz` beside the packages. Default true. */
  readonly index?: boolean;
  /** SOURCE_DATE_EPOCH, in seconds. Default 0. */
  readonly buildTime?: number;
  /** The commit that the configurations come from, for those that name none; stands in the packages. */
  readonly commit?: string;
  /** A folder for tools to keep downloads in, seen as /var/cache/melange; ignored when absent. */
  readonly cacheDir?: string;
  /** Steps may reach the network. Default true, as in melange. */
  readonly network?: boolean;
  /** For one whole build; wins over the configuration's. */
  readonly timeoutMs?: number;
  readonly interactive?: boolean;
  /** Print each command of the steps. */
  readonly trace?: boolean;
  readonly lintRequire?: readonly string[];
  readonly lintWarn?: readonly string[];
  /** Take packages from the store that were built from the same input. Default true. */
  readonly reuse?: boolean;
}

/** One package that a build gave; see `apk build --json`. */
export interface BuiltPackage {
  readonly name: string;
  /** With the revision, `1.2.3-r0`. */
  readonly version: string;
  readonly arch: string;
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly installedSizeBytes: number;
  readonly origin: string;
  /** True when the store had it and nothing ran. */
  readonly cached: boolean;
}

export interface BuildResult {
  /** In the order in which they were built. */
  readonly packages: readonly BuiltPackage[];
  /** Paths of the indexes that were written. */
  readonly indexes: readonly string[];
  /** What linters and the builder found worth telling, in order. */
  readonly warnings: readonly string[];
}
