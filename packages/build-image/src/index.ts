export { buildImage } from "./build-image.ts";
export type { BuildImageOptions, ImageOptions } from "./build-options.ts";
export type { BuiltImage, BuiltImagePlatform, BuiltLayer } from "./built-image.ts";
export { ImageError, type ImageErrorCode } from "./image-error.ts";
export { compressions, type Compression } from "./write-layer.ts";
export { sbomFormats, type SbomFormat } from "@apkmill/sbom";
export { layeringStrategies, type LayeringStrategy } from "./plan-layers.ts";
export {
  inspectImage,
  inspectOpenedImage,
  type InspectOptions,
  type InspectedImage,
  type InspectedLayer,
  type InspectedPackage,
  type InspectedPlatform,
} from "./inspect-image.ts";
export type { GeneratedEntry } from "./explain-entries.ts";
export { buildMinirootfs, type BuiltMinirootfs, type MinirootfsOptions } from "./minirootfs.ts";
export { diffImages, type DiffedImage, type ImageDiff, type ImageSizes, type PlatformDiff } from "./diff-images.ts";
export type { ConfigChange } from "./diff-config.ts";
export type { FileAspect, FileChange, FileState } from "./diff-files.ts";
export type { PackageChange, PackageState } from "./diff-packages.ts";
export type { PackageReason } from "./package-reasons.ts";
export { choosePlatforms, platformOf } from "./choose-platforms.ts";
export { prepareRun, type PreparedRun, type RunOptions } from "./run-image.ts";
export { unpackImage } from "./unpack-image.ts";
export { lockImage } from "./lock-image.ts";
export { formatLock, lockfileOf, type ImageLock } from "./lock-file.ts";
export { checkLock, describeLockDifference, requireUpToDate, type LockDifference } from "./check-lock.ts";
export { showPackages, type ShownPackage, type ShownPlatform } from "./show-packages.ts";
export { compilePackageFormat, packageFormats, type WritePackage } from "./package-template.ts";
export { drawImage, type DrawnImage, type DrawOptions } from "./draw-image.ts";
export { verifyBuild, type VerifiedBuild } from "./verify-build.ts";
export type { BuildDifference } from "./compare-images.ts";
