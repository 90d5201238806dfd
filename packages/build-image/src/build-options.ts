import type { SbomFormat } from "@apkmill/sbom";
import type { RunSettingsOptions } from "./run-settings.ts";
import type { LayeringStrategy } from "./plan-layers.ts";
import type { Compression } from "./write-layer.ts";

/** What `image build` is told beside the configuration. */
export interface BuildImageOptions extends RunSettingsOptions {
  /** The apko configuration. */
  readonly configPath: string;
  readonly includePaths?: readonly string[];
  /** Name of the image, such as `hello:latest`; the tag becomes the name inside a layout. */
  readonly tag?: string;
  /** Directory of the layout, or a file that ends in `.tar`. */
  readonly output: string;
  /** In any spelling; those of the configuration when empty. */
  readonly archs?: readonly string[];
  /** Used for building and written into the image. */
  readonly repositories?: readonly string[];
  /** Used for building only. */
  readonly buildRepositories?: readonly string[];
  readonly keyring?: readonly string[];
  /** Also trust the keys that the repositories publish, and write them into the image. */
  readonly discoverKeys?: boolean;
  readonly packages?: readonly string[];
  /** They win over those of the configuration. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Left out: that of the configuration, or `auto`. */
  readonly layering?: LayeringStrategy;
  /** Default `gzip`: packages' data sections stay as they are. */
  readonly compression?: Compression;
  readonly ignoreSignatures?: boolean;
  /** Seconds since the epoch; left out: SOURCE_DATE_EPOCH, or the time of the newest package. */
  readonly buildDate?: number;
  /** Where the SBOM files go as well; a layout holds them always, beside a tar they go into its folder. */
  readonly sbomPath?: string;
  /** Default `spdx`; empty for no SBOM files. */
  readonly sbomFormats?: readonly SbomFormat[];
  /** Annotate the image with the git checkout that holds the configuration, unless it has a `vcs-url`. */
  readonly vcs?: boolean;
  /** A lock of the configuration, ours or apko's: its packages are taken, and no repository is asked what it has. */
  readonly lockfile?: string;
  /** Resolve, fetch and plan; write nothing outside the store. */
  readonly dryRun?: boolean;
}

/** The part of the options that says what an image is made of. */
export type ImageOptions = Omit<BuildImageOptions, "output" | "sbomPath" | "sbomFormats" | "dryRun">;
